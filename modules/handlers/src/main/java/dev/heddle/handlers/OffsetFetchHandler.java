package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;

/** OffsetFetch, of one group or (KIP-709) of several. Any thread may call it; it waits until what it answers with is committed. */
final class OffsetFetchHandler implements ApiHandler {

    private final GroupCoordinator groups;

    OffsetFetchHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_FETCH;
    }

    @Override
    public OffsetFetchResponse handle(Request request, Access access) {
        OffsetFetchRequest body = request.body();
        var data = new OffsetFetchRequestData().setGroups(body.groups()).setRequireStable(body.requireStable());
        OffsetFetchResponseData fetched = groups.fetchOffsets(GroupCalls.context(request), data);
        // Turns the form of version 8 and later, which the coordinator speaks, into that of the request's version.
        return new OffsetFetchResponse.Builder(fetched.groups()).build(request.apiVersion());
    }
}
