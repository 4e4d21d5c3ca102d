package dev.heddle.handlers;

import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourceType;

/** The operations that a client may do on a resource, as the bit fields of KIP-430. Stateless, so any thread may call it. */
final class AuthorizedOperations {

    /** What a response carries that was not asked for the operations. */
    static final int NOT_ASKED = Integer.MIN_VALUE;

    private static final int NOTHING = 0;

    private AuthorizedOperations() {}

    static int onTopic(Access access, String topic) {
        return access.operations(ResourceType.TOPIC, topic);
    }

    static int onGroup(Access access, String group) {
        return access.operations(ResourceType.GROUP, group);
    }

    /** Whoever may not describe the cluster does not learn what it may do there. */
    static int onCluster(Access access) {
        if (!access.allowsOnCluster(AclOperation.DESCRIBE)) return NOTHING;
        return access.operations(ResourceType.CLUSTER, Resource.CLUSTER_NAME);
    }
}
