package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.LogLevelConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alters the levels of this broker's loggers (KIP-412). Any thread may call it. Unlike other configurations they go no
 * further than this process, and do not survive it.
 */
final class LoggerLevelChanges {

    private static final Logger LOG = LoggerFactory.getLogger(LoggerLevelChanges.class);

    private final int brokerId;
    private final LoggerLevels loggers;

    LoggerLevelChanges(int brokerId, LoggerLevels loggers) {
        this.brokerId = brokerId;
        this.loggers = loggers;
    }

    /**
     * Applies all of the changes or none.
     *
     * @throws AnswerException if one of them cannot be made
     */
    void apply(AlterConfigsResource resource, boolean validateOnly) {
        requireThisBroker(resource.resourceName());
        Map<String, String> levels = loggers.levels();
        resource.configs().forEach(change -> validate(change, levels));
        if (!validateOnly) apply(resource.configs());
    }

    private void requireThisBroker(String name) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw invalidRequest("Node id must be an integer, but it is: " + name);
        }
        if (id != brokerId) {
            throw invalidRequest("Unexpected node id. Expected " + brokerId + ", but received " + id);
        }
    }

    private static void validate(AlterableConfig change, Map<String, String> levels) {
        OpType type = OpType.forId(change.configOperation());
        if (type == null) {
            throw invalidRequest("Unknown operation type " + change.configOperation()
                    + " is not allowed for the BROKER_LOGGER resource");
        }
        switch (type) {
            case SET -> {
                requireLogger(change.name(), levels);
                requireLevel(change);
            }
            case DELETE -> {
                requireLogger(change.name(), levels);
                if (change.name().equals(LoggerLevels.ROOT)) {
                    throw invalidRequest("Removing the log level of the root logger is not allowed");
                }
            }
            case APPEND, SUBTRACT ->
                throw invalidRequest(type + " operation is not allowed for the BROKER_LOGGER resource");
        }
    }

    private static void requireLogger(String logger, Map<String, String> levels) {
        if (!levels.containsKey(logger)) {
            throw new AnswerException(Errors.INVALID_CONFIG, "Logger " + logger + " does not exist!");
        }
    }

    private static void requireLevel(AlterableConfig change) {
        if (LogLevelConfig.VALID_LOG_LEVELS.contains(change.value())) return;
        throw new AnswerException(
                Errors.INVALID_CONFIG,
                "Cannot set the log level of " + change.name() + " to " + change.value()
                        + " as it is not a supported log level. Valid log levels are "
                        + String.join(", ", new TreeSet<>(LogLevelConfig.VALID_LOG_LEVELS)));
    }

    private void apply(Collection<AlterableConfig> changes) {
        for (AlterableConfig change : changes) {
            if (change.configOperation() == OpType.SET.id()) {
                loggers.set(change.name(), change.value());
                LOG.warn("Changed a log level: logger={} level={}", change.name(), change.value());
            } else {
                loggers.unset(change.name());
                LOG.warn("Unset a log level: logger={}", change.name());
            }
        }
    }

    private static AnswerException invalidRequest(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
