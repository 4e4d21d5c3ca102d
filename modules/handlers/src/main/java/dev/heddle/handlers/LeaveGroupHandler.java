package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;

/** LeaveGroup (of several members at once since KIP-345). Any thread may call it; it waits where the group has to be written down. */
final class LeaveGroupHandler implements ApiHandler {

    private final GroupCoordinator groups;

    LeaveGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.LEAVE_GROUP;
    }

    @Override
    public LeaveGroupResponse handle(Request request, Access access) {
        LeaveGroupRequest body = request.body();
        GroupCalls.require(access, AclOperation.READ, body.data().groupId());
        return new LeaveGroupResponse(
                groups.leaveGroup(GroupCalls.context(request), body.normalizedData()), request.apiVersion());
    }
}
