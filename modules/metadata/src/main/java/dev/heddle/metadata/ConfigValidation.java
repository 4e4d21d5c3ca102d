package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Refuses configurations that must not be. Stateless; called under the controller's lock. Every method throws an
 * exception that {@link Refusal} understands.
 */
final class ConfigValidation {

    private static final String MIN_IN_SYNC_REPLICAS = "min.insync.replicas";

    private final int nodeId;
    private final ConfigDefinitions definitions;
    private final @Nullable AlterConfigPolicy policy;

    ConfigValidation(int nodeId, ConfigDefinitions definitions, @Nullable AlterConfigPolicy policy) {
        this.nodeId = nodeId;
        this.definitions = definitions;
        this.policy = policy;
    }

    /** Checks the change of a resource that must exist. */
    void validate(MetadataImage image, ConfigChange change) {
        validateValues(image, change);
        if (change.resource().type() == ConfigResource.Type.TOPIC
                && image.topics().topic(change.resource().name()) == null) {
            throw new AnswerException(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "The topic '" + change.resource().name() + "' does not exist.");
        }
        askPolicy(change);
    }

    /** Checks the configuration of a topic that is just being created. */
    void validateNew(MetadataImage image, ConfigChange change) {
        validateValues(image, change);
        askPolicy(change);
    }

    private void askPolicy(ConfigChange change) {
        if (policy != null) policy.validate(new AlterConfigPolicy.RequestMetadata(change.resource(), change.changes()));
    }

    private void validateValues(MetadataImage image, ConfigChange change) {
        change.changes().forEach((name, value) -> validateSize(value));
        if (Features.eligibleLeaderReplicas(image.features())) validateMinInSyncReplicas(change);
        Map<String, String> proposed = change.proposed();
        String name = change.resource().name();
        switch (change.resource().type()) {
            case TOPIC -> {
                if (name.isEmpty()) refuse(Errors.INVALID_REQUEST, "Default topic resources are not allowed.");
                Topic.validate(name);
                definitions.topicDefaults().validateOverrides(proposed);
            }
            case BROKER -> {
                if (!name.isEmpty()) validateBrokerName(name);
                validateBroker(change, proposed);
            }
            case CLIENT_METRICS -> ClientMetricsConfigs.validate(name, proposed);
            case GROUP -> {
                if (name.isEmpty()) refuse(Errors.INVALID_REQUEST, "Default group resources are not allowed.");
                definitions.validate(change.resource(), proposed, change.existing());
            }
            // Levels of loggers are no metadata: whoever serves the request sets them itself.
            case BROKER_LOGGER, UNKNOWN ->
                refuse(
                        Errors.INVALID_REQUEST,
                        "Unknown resource type " + change.resource().type().id());
        }
    }

    private void validateBroker(ConfigChange change, Map<String, String> proposed) {
        try {
            definitions.validate(change.resource(), proposed, change.existing());
        } catch (AnswerException | ApiException e) {
            throw e;
        } catch (RuntimeException e) {
            refuse(Errors.INVALID_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private void validateBrokerName(String name) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new AnswerException(Errors.INVALID_REQUEST, "Node id must be an integer, but it is: " + name);
        }
        if (id != nodeId) {
            refuse(Errors.INVALID_REQUEST, "Unexpected broker id, expected " + nodeId + ", but received " + name);
        }
    }

    private static void validateSize(@Nullable String value) {
        if (value != null && value.length() > Short.MAX_VALUE) {
            refuse(
                    Errors.INVALID_CONFIG,
                    "The configuration value cannot be added because it exceeds the maximum value size of "
                            + Short.MAX_VALUE + " bytes.");
        }
    }

    /** With eligible leader replicas on, brokers share one minimum, and it must be set (KIP-966). */
    private static void validateMinInSyncReplicas(ConfigChange change) {
        if (change.resource().type() != ConfigResource.Type.BROKER) return;
        boolean named = change.changes().containsKey(MIN_IN_SYNC_REPLICAS);
        boolean dropped = change.dropped().contains(MIN_IN_SYNC_REPLICAS);
        if (!named && !dropped) return;
        if (!change.resource().name().isEmpty()) {
            refuse(
                    Errors.INVALID_CONFIG,
                    "Broker-level " + MIN_IN_SYNC_REPLICAS + " cannot be altered while ELR is enabled.");
        }
        if (change.changes().get(MIN_IN_SYNC_REPLICAS) == null) {
            refuse(
                    Errors.INVALID_CONFIG,
                    "Cluster-level " + MIN_IN_SYNC_REPLICAS + " cannot be removed while ELR is enabled.");
        }
    }

    private static void refuse(Errors error, String message) {
        throw new AnswerException(error, message);
    }
}
