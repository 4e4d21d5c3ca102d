package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;

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
        DescribeGroupsResponseData described = groups.describeGroups(GroupCalls.context(request), body.data());
        if (request.apiVersion() >= AUTHORIZED_OPERATIONS_VERSION && body.data().includeAuthorizedOperations()) {
            described.groups().stream()
                    .filter(group -> group.errorCode() == Errors.NONE.code())
                    .forEach(group -> group.setAuthorizedOperations(AuthorizedOperations.GROUP));
        }
        return new DescribeGroupsResponse(described);
    }
}
