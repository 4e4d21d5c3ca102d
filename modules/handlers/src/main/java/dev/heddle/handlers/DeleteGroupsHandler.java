package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DeleteGroups (KIP-229). Any thread may call it; it waits until the deletion is committed to the log of the groups. */
final class DeleteGroupsHandler implements ApiHandler {

    private final ShareGroups groups;

    /** @param groups deletes groups of the other protocols, too */
    DeleteGroupsHandler(ShareGroups groups) {
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
        var names = new LinkedHashSet<>(body.data().groupsNames());
        Predicate<String> deletable = access.allowed(AclOperation.DELETE, ResourceType.GROUP, names);
        List<String> allowed = names.stream().filter(deletable).toList();
        DeleteGroupsResponseData deleted =
                groups.deleteGroups(GroupCalls.context(request), new DeleteGroupsRequestData().setGroupsNames(allowed));
        names.stream()
                .filter(deletable.negate())
                .forEach(name -> deleted.results()
                        .add(new DeletableGroupResult()
                                .setGroupId(name)
                                .setErrorCode(Errors.GROUP_AUTHORIZATION_FAILED.code())));
        return new DeleteGroupsResponse(deleted);
    }
}
