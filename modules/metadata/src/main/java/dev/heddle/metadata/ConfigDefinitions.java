package dev.heddle.metadata;

import dev.heddle.log.LogConfig;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What the controller must know about configurations that other modules declare; handed in by {@code app}. Any thread
 * may call it. Topic configurations are not asked for: they are those of {@code LogConfig}.
 */
public interface ConfigDefinitions {

    /**
     * Every key of that type of resource, with its type: {@code BROKER}, {@code GROUP} or {@code CLIENT_METRICS}. Empty
     * if there is none.
     */
    ConfigDef of(ConfigResource.Type type);

    /** The configuration of topics that override nothing; checks what they override. */
    LogConfig topicDefaults();

    /** What the configuration file sets, by broker key; defaults are not in it. */
    Map<String, String> staticBrokerConfigs();

    /**
     * Refuses a dynamic configuration of a broker, a group or client metrics.
     *
     * @param proposed everything that would be set for the resource, the unchanged too
     * @param existing everything that is set now
     * @throws dev.heddle.common.AnswerException to refuse it, with {@code INVALID_CONFIG} or {@code INVALID_REQUEST}
     * @throws org.apache.kafka.common.config.ConfigException to refuse it with {@code INVALID_CONFIG}
     */
    void validate(ConfigResource resource, Map<String, String> proposed, Map<String, String> existing);
}
