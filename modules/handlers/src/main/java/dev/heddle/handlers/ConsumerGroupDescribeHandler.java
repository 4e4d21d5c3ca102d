package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * ConsumerGroupDescribe (KIP-848). Any thread may call it; it waits for the groups' locks, and until what it shows is
 * committed.
 */
final class ConsumerGroupDescribeHandler implements ApiHandler {

    private final GroupCoordinator groups;
    private final MetadataCache metadata;

    ConsumerGroupDescribeHandler(GroupCoordinator groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.CONSUMER_GROUP_DESCRIBE;
    }

    @Override
    public ConsumerGroupDescribeResponse handle(Request request, Access access) {
        ConsumerGroupDescribeRequest body = request.body();
        List<String> ids = body.data().groupIds();
        if (!groups.hasConsumerProtocol() || metadata.image().features().level(Features.GROUP) < 1) {
            return new ConsumerGroupDescribeResponse(refused(ids, Errors.UNSUPPORTED_VERSION));
        }
        var mayDescribe = access.allowed(AclOperation.DESCRIBE, ResourceType.GROUP, ids);
        List<String> denied = ids.stream().filter(mayDescribe.negate()).toList();
        List<String> allowed = ids.stream().filter(mayDescribe).toList();
        var response = refused(denied, Errors.GROUP_AUTHORIZATION_FAILED);
        var described = groups.describeConsumerGroups(GroupCalls.context(request), allowed)
                .groups();
        if (body.data().includeAuthorizedOperations()) described.forEach(group -> addOperations(group, access));
        response.groups().addAll(withoutHiddenTopics(described, access));
        return new ConsumerGroupDescribeResponse(response);
    }

    private static ConsumerGroupDescribeResponseData refused(List<String> ids, Errors error) {
        var groups = new ArrayList<DescribedGroup>(ids.size());
        for (String id : ids) groups.add(new DescribedGroup().setGroupId(id).setErrorCode(error.code()));
        return new ConsumerGroupDescribeResponseData().setGroups(groups);
    }

    private static void addOperations(DescribedGroup group, Access access) {
        if (group.errorCode() != Errors.NONE.code()) return;
        group.setAuthorizedOperations(AuthorizedOperations.onGroup(access, group.groupId()));
    }

    /** Nobody learns the names of topics in this way that may not know them. */
    private static List<DescribedGroup> withoutHiddenTopics(List<DescribedGroup> groups, Access access) {
        if (access.isUnrestricted()) return groups;
        Set<String> topics =
                groups.stream().flatMap(ConsumerGroupDescribeHandler::topics).collect(Collectors.toSet());
        var visible = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics);
        return groups.stream()
                .map(group -> topics(group).allMatch(visible) ? group : hidden(group))
                .toList();
    }

    private static Stream<String> topics(DescribedGroup group) {
        return group.members().stream()
                .flatMap(member -> Stream.of(member.assignment(), member.targetAssignment()))
                .flatMap(assignment -> assignment.topicPartitions().stream())
                .map(TopicPartitions::topicName);
    }

    private static DescribedGroup hidden(DescribedGroup group) {
        return new DescribedGroup()
                .setGroupId(group.groupId())
                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                .setErrorMessage("The group has described topic(s) that the client is not authorized to describe.");
    }
}
