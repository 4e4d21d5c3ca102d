package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.resource.ResourceType;

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
        boolean all = access.allowsOnCluster(AclOperation.DESCRIBE, Logged.IF_ALLOWED);
        ListGroupsResponseData listed = groups.listGroups(GroupCalls.context(request), body.data());
        if (!all) {
            Predicate<String> describable = access.allowed(
                    AclOperation.DESCRIBE,
                    ResourceType.GROUP,
                    listed.groups(),
                    ListedGroup::groupId,
                    Logged.IF_ALLOWED);
            listed.setGroups(listed.groups().stream()
                    .filter(group -> describable.test(group.groupId()))
                    .toList());
        }
        return new ListGroupsResponse(listed);
    }
}
