package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;

/** JoinGroup. Any thread may call it; it waits until the rebalance gathers the group. */
final class JoinGroupHandler implements ApiHandler {

    private final GroupCoordinator groups;

    JoinGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.JOIN_GROUP;
    }

    @Override
    public JoinGroupResponse handle(Request request, Access access) {
        JoinGroupRequest body = request.body();
        GroupCalls.require(access, AclOperation.READ, body.data().groupId());
        return new JoinGroupResponse(groups.joinGroup(GroupCalls.context(request), body.data()), request.apiVersion());
    }
}
