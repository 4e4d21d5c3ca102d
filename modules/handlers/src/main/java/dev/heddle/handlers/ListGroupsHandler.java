package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;

/** ListGroups, by state (KIP-518) and by type (KIP-848). Any thread may call it; it never waits. */
final class ListGroupsHandler implements ApiHandler {

    private final GroupCoordinator groups;

    ListGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.LIST_GROUPS;
    }

    @Override
    public ListGroupsResponse handle(Request request, Access access) {
        ListGroupsRequest body = request.body();
        return new ListGroupsResponse(groups.listGroups(GroupCalls.context(request), body.data()));
    }
}
