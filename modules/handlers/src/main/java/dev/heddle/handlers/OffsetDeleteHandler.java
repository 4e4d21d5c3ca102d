package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;

/** OffsetDelete (KIP-496). Any thread may call it; it waits until the deletion is committed to the log of the group. */
final class OffsetDeleteHandler implements ApiHandler {

    private final GroupCoordinator groups;

    OffsetDeleteHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_DELETE;
    }

    @Override
    public OffsetDeleteResponse handle(Request request, Access access) {
        OffsetDeleteRequest body = request.body();
        return new OffsetDeleteResponse(groups.deleteOffsets(GroupCalls.context(request), body.data()));
    }
}
