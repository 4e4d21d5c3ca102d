package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;

/** Heartbeat of a member of a classic group. Any thread may call it; it waits for the group's lock, which is held over the group's own writes. */
final class HeartbeatHandler implements ApiHandler {

    private final GroupCoordinator groups;

    HeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.HEARTBEAT;
    }

    @Override
    public HeartbeatResponse handle(Request request, Access access) {
        HeartbeatRequest body = request.body();
        GroupCalls.require(access, AclOperation.READ, body.data().groupId());
        return new HeartbeatResponse(groups.heartbeat(GroupCalls.context(request), body.data()));
    }
}
