package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.LinkedHashSet;
import java.util.List;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;

/** DeleteGroups (KIP-229). Any thread may call it; it waits until the deletion is committed to the log of the groups. */
final class DeleteGroupsHandler implements ApiHandler {

    private final GroupCoordinator groups;

    DeleteGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DELETE_GROUPS;
    }

    @Override
    public DeleteGroupsResponse handle(Request request, Access access) {
        DeleteGroupsRequest body = request.body();
        // A group that is named twice is deleted once, and answered once.
        var distinct = new DeleteGroupsRequestData()
                .setGroupsNames(List.copyOf(new LinkedHashSet<>(body.data().groupsNames())));
        return new DeleteGroupsResponse(groups.deleteGroups(GroupCalls.context(request), distinct));
    }
}
