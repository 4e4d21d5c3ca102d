package dev.heddle.metadata;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;

/** Changes of dynamic configurations. One thread builds it. */
final class ConfigsDelta {

    private final ConfigsImage image;
    private final Map<ConfigResource, Map<String, String>> changed = new LinkedHashMap<>();

    ConfigsDelta(ConfigsImage image) {
        this.image = image;
    }

    Set<ConfigResource> changed() {
        return changed.keySet();
    }

    void replay(ConfigRecord record) {
        var resource = new ConfigResource(ConfigResource.Type.forId(record.resourceType()), record.resourceName());
        Map<String, String> configs = changed.computeIfAbsent(resource, r -> new TreeMap<>(image.of(r)));
        if (record.value() == null) {
            configs.remove(record.name());
        } else {
            configs.put(record.name(), record.value());
        }
    }

    void removeTopic(String topic) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        if (changed.containsKey(resource) || !image.of(resource).isEmpty()) changed.put(resource, new TreeMap<>());
    }

    ConfigsImage apply() {
        ConfigsImage result = image;
        for (var entry : changed.entrySet()) {
            result = result.with(entry.getKey(), Collections.unmodifiableMap(new TreeMap<>(entry.getValue())));
        }
        return result;
    }
}
