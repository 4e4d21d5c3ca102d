package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import dev.heddle.log.LogConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Appending to and subtracting from configurations that are lists. Stateless: any thread may call it. */
final class ConfigLists {

    private final ConfigDefinitions definitions;

    ConfigLists(ConfigDefinitions definitions) {
        this.definitions = definitions;
    }

    /**
     * The list after the change.
     *
     * @param current what is set now; null if nothing is, and the default counts
     * @throws AnswerException {@code INVALID_CONFIG} if it is no list
     */
    String change(ConfigResource.Type type, String name, OpType operation, @Nullable String current, String operand) {
        ConfigDef.ConfigKey key = keys(type).configKeys().get(name);
        if (key == null || key.type != ConfigDef.Type.LIST) {
            throw new AnswerException(
                    Errors.INVALID_CONFIG, "Can't " + operation + " to key " + name + " because its type is not LIST.");
        }
        List<String> values = parts(current == null ? defaultOf(key) : current);
        for (String value : operand.split(",")) {
            if (operation == OpType.SUBTRACT) {
                values.remove(value);
            } else if (!values.contains(value)) {
                values.add(value);
            }
        }
        return String.join(",", values);
    }

    private ConfigDef keys(ConfigResource.Type type) {
        return switch (type) {
            case TOPIC -> LogConfig.topicDef();
            case CLIENT_METRICS -> ClientMetricsConfigs.definition();
            case BROKER, GROUP -> definitions.of(type);
            case BROKER_LOGGER, UNKNOWN -> new ConfigDef();
        };
    }

    private static String defaultOf(ConfigDef.ConfigKey key) {
        if (!key.hasDefault()) return "";
        String text = ConfigDef.convertToString(key.defaultValue, key.type);
        return text == null ? "" : text;
    }

    private static List<String> parts(String list) {
        return new ArrayList<>(
                Arrays.stream(list.split(",")).filter(part -> !part.isEmpty()).toList());
    }
}
