package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;

/** OffsetCommit. Any thread may call it; it waits until the offsets are committed to the log of the group. */
final class OffsetCommitHandler implements ApiHandler {

    private final GroupCoordinator groups;

    OffsetCommitHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public OffsetCommitResponse handle(Request request, Access access) {
        OffsetCommitRequest body = request.body();
        return new OffsetCommitResponse(groups.commitOffsets(GroupCalls.context(request), body.data()));
    }
}
