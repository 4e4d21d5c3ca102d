package dev.heddle.security;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;

/** The operations that each type of resource knows. Constants, so any thread may read them. */
final class Operations {

    private static final List<AclOperation> TOPIC = List.of(
            AclOperation.READ,
            AclOperation.WRITE,
            AclOperation.CREATE,
            AclOperation.DESCRIBE,
            AclOperation.DELETE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);

    private static final List<AclOperation> GROUP = List.of(
            AclOperation.READ,
            AclOperation.DESCRIBE,
            AclOperation.DELETE,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS);

    private static final List<AclOperation> CLUSTER = List.of(
            AclOperation.CREATE,
            AclOperation.CLUSTER_ACTION,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS,
            AclOperation.IDEMPOTENT_WRITE,
            AclOperation.ALTER,
            AclOperation.DESCRIBE);

    private static final List<AclOperation> TRANSACTIONAL_ID =
            List.of(AclOperation.DESCRIBE, AclOperation.WRITE, AclOperation.TWO_PHASE_COMMIT);

    private static final int ALL_OF_TOPIC = bits(TOPIC);
    private static final int ALL_OF_GROUP = bits(GROUP);
    private static final int ALL_OF_CLUSTER = bits(CLUSTER);
    private static final int ALL_OF_TRANSACTIONAL_ID = bits(TRANSACTIONAL_ID);

    private Operations() {}

    /** What can be allowed on a resource of that type. */
    static List<AclOperation> of(ResourceType type) {
        return switch (type) {
            case TOPIC -> TOPIC;
            case GROUP -> GROUP;
            case CLUSTER -> CLUSTER;
            case TRANSACTIONAL_ID -> TRANSACTIONAL_ID;
            case DELEGATION_TOKEN -> List.of(AclOperation.DESCRIBE);
            case USER -> List.of(AclOperation.CREATE_TOKENS, AclOperation.DESCRIBE_TOKENS);
            case UNKNOWN, ANY -> throw new IllegalArgumentException("Not a concrete resource type: " + type);
        };
    }

    /** All of them as a bit field. */
    static int all(ResourceType type) {
        return switch (type) {
            case TOPIC -> ALL_OF_TOPIC;
            case GROUP -> ALL_OF_GROUP;
            case CLUSTER -> ALL_OF_CLUSTER;
            case TRANSACTIONAL_ID -> ALL_OF_TRANSACTIONAL_ID;
            case DELEGATION_TOKEN, USER, UNKNOWN, ANY -> bits(of(type));
        };
    }

    static int bits(List<AclOperation> operations) {
        return Utils.to32BitField(operations.stream().map(AclOperation::code).collect(Collectors.toSet()));
    }

    /** The operations at which {@code allowed} answers yes. */
    static int bits(List<AclOperation> operations, List<Boolean> allowed) {
        return bits(IntStream.range(0, operations.size())
                .filter(allowed::get)
                .mapToObj(operations::get)
                .toList());
    }
}
