package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DescribeGroups. Any thread may call it; it waits for the groups' locks, which are held over the groups' own writes. */
final class DescribeGroupsHandler implements ApiHandler {

    private static final short AUTHORIZED_OPERATIONS_VERSION = 3;

    private final GroupCoordinator groups;

    DescribeGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_GROUPS;
    }

    @Override
    public DescribeGroupsResponse handle(Request request, Access access) {
        DescribeGroupsRequest body = request.body();
        Predicate<String> describable = access.allowed(
                AclOperation.DESCRIBE, ResourceType.GROUP, body.data().groups());
        DescribeGroupsRequestData allowed = body.data().duplicate();
        allowed.groups().removeIf(describable.negate());
        DescribeGroupsResponseData described = groups.describeGroups(GroupCalls.context(request), allowed);
        if (request.apiVersion() >= AUTHORIZED_OPERATIONS_VERSION && body.data().includeAuthorizedOperations()) {
            described.groups().stream()
                    .filter(group -> group.errorCode() == Errors.NONE.code())
                    .forEach(group ->
                            group.setAuthorizedOperations(AuthorizedOperations.onGroup(access, group.groupId())));
        }
        body.data().groups().stream()
                .filter(describable.negate())
                .forEach(group -> described
                        .groups()
                        .add(DescribeGroupsResponse.groupError(group, Errors.GROUP_AUTHORIZATION_FAILED)));
        return new DescribeGroupsResponse(described);
    }
}
