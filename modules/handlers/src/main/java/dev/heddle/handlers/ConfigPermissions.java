package dev.heddle.handlers;

import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;

/** Whose permission it takes to see or alter a configuration. Stateless, so any thread may call it. */
final class ConfigPermissions {

    private ConfigPermissions() {}

    /**
     * Asks for the permission.
     *
     * @return {@link Errors#NONE} or what the client is answered for this resource
     */
    static Errors check(AclOperation operation, ConfigResource resource, Access access) {
        return switch (resource.type()) {
            case BROKER, BROKER_LOGGER, CLIENT_METRICS ->
                access.allowsOnCluster(operation) ? Errors.NONE : Errors.CLUSTER_AUTHORIZATION_FAILED;
            case TOPIC ->
                access.allows(operation, ResourceType.TOPIC, resource.name())
                        ? Errors.NONE
                        : Errors.TOPIC_AUTHORIZATION_FAILED;
            case GROUP ->
                access.allows(operation, ResourceType.GROUP, resource.name())
                        ? Errors.NONE
                        : Errors.GROUP_AUTHORIZATION_FAILED;
            case UNKNOWN -> Errors.INVALID_REQUEST;
        };
    }
}
