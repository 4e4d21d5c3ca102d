package dev.heddle.metadata;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;

/**
 * The dynamic configuration of topics, brokers, groups and client metrics: only what was set. Immutable: any thread may
 * read it. A broker resource with an empty name holds the cluster-wide default of brokers.
 */
public final class ConfigsImage {

    static final ConfigsImage EMPTY = new ConfigsImage(HashTreePMap.empty());

    private final HashPMap<ConfigResource, Map<String, String>> resources;

    private ConfigsImage(HashPMap<ConfigResource, Map<String, String>> resources) {
        this.resources = resources;
    }

    /** What was set for the resource; empty if nothing was. Read-only. */
    public Map<String, String> of(ConfigResource resource) {
        return resources.getOrDefault(resource, Map.of());
    }

    /** What was set for the topic; empty if nothing was. Read-only. */
    public Map<String, String> ofTopic(String topic) {
        return of(new ConfigResource(ConfigResource.Type.TOPIC, topic));
    }

    /** Every resource for which something was set; read-only. */
    public Set<ConfigResource> resources() {
        return resources.keySet();
    }

    ConfigsImage with(ConfigResource resource, Map<String, String> configs) {
        return new ConfigsImage(configs.isEmpty() ? resources.minus(resource) : resources.plus(resource, configs));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConfigsImage that && resources.equals(that.resources);
    }

    @Override
    public int hashCode() {
        return resources.hashCode();
    }

    /** Names no values: some are secrets. */
    @Override
    public String toString() {
        return "ConfigsImage(resources=" + resources.size() + ')';
    }
}
