package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import dev.heddle.log.LogConfig;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;

/** A broker with a few keys, whose configuration file says what the test says. */
record TestDefinitions(Map<String, String> staticBrokerConfigs) implements ConfigDefinitions {

    @Override
    public ConfigDef of(ConfigResource.Type type) {
        return switch (type) {
            case BROKER ->
                LogConfig.define(new ConfigDef())
                        .define("broker.number", ConfigDef.Type.INT, 1, ConfigDef.Importance.LOW, "A number.")
                        .define("broker.list", ConfigDef.Type.LIST, "a,b", ConfigDef.Importance.LOW, "A list.");
            case GROUP ->
                new ConfigDef().define("group.number", ConfigDef.Type.INT, 1, ConfigDef.Importance.LOW, "A number.");
            default -> new ConfigDef();
        };
    }

    @Override
    public LogConfig topicDefaults() {
        return LogConfig.defaults(new AbstractConfig(LogConfig.define(new ConfigDef()), staticBrokerConfigs, false));
    }

    @Override
    public void validate(ConfigResource resource, Map<String, String> proposed, Map<String, String> existing) {
        ConfigDef definition = of(resource.type());
        for (String name : proposed.keySet()) {
            if (!definition.names().contains(name)) {
                throw new AnswerException(Errors.INVALID_CONFIG, "Unknown config name: " + name);
            }
        }
        definition.parse(proposed);
    }
}
