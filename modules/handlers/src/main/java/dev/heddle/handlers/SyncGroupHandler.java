package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;

/** SyncGroup. Any thread may call it; it waits until the leader of the group has sent the assignment. */
final class SyncGroupHandler implements ApiHandler {

    private final GroupCoordinator groups;

    SyncGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.SYNC_GROUP;
    }

    @Override
    public SyncGroupResponse handle(Request request, Access access) {
        SyncGroupRequest body = request.body();
        // From version 5 on the protocol is mandatory (KIP-559).
        if (!body.areMandatoryProtocolTypeAndNamePresent()) {
            throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        GroupCalls.require(access, AclOperation.READ, body.data().groupId());
        return new SyncGroupResponse(groups.syncGroup(GroupCalls.context(request), body.data()));
    }
}
