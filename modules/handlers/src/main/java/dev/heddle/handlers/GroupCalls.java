package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.CallContext;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;

/** How a request turns into a call of the group coordinator. Stateless, so any thread may call it. */
final class GroupCalls {

    private GroupCalls() {}

    /** @throws AnswerException if the sender may not do that with the group */
    static void require(Access access, AclOperation operation, String groupId) {
        if (!access.allows(operation, ResourceType.GROUP, groupId))
            throw new AnswerException(Errors.GROUP_AUTHORIZATION_FAILED);
    }

    /** Who calls, for the coordinator; the coordinator waits on the request's own waiter. */
    static CallContext context(Request request) {
        return new CallContext(
                request.clientId(),
                request.connection().clientAddress().toString(),
                request.apiVersion(),
                request.waiter());
    }
}
