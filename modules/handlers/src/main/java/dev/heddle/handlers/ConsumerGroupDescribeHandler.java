package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;

/** ConsumerGroupDescribe (KIP-848). */
final class ConsumerGroupDescribeHandler extends GroupDescribeHandler<DescribedGroup> {

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
            return answer(refused(ids, Errors.UNSUPPORTED_VERSION));
        }
        return answer(describe(
                ids,
                access,
                body.data().includeAuthorizedOperations(),
                allowed -> groups.describeConsumerGroups(GroupCalls.context(request), allowed)
                        .groups()));
    }

    private static ConsumerGroupDescribeResponse answer(List<DescribedGroup> groups) {
        return new ConsumerGroupDescribeResponse(new ConsumerGroupDescribeResponseData().setGroups(groups));
    }

    @Override
    DescribedGroup refused(String groupId, Errors error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
    }

    @Override
    void addOperations(DescribedGroup group, Access access) {
        if (group.errorCode() != Errors.NONE.code()) return;
        group.setAuthorizedOperations(AuthorizedOperations.onGroup(access, group.groupId()));
    }

    @Override
    Stream<String> topics(DescribedGroup group) {
        return group.members().stream()
                .flatMap(member -> Stream.of(member.assignment(), member.targetAssignment()))
                .flatMap(assignment -> assignment.topicPartitions().stream())
                .map(TopicPartitions::topicName);
    }

    @Override
    DescribedGroup hidden(DescribedGroup group) {
        return refused(group.groupId(), Errors.TOPIC_AUTHORIZATION_FAILED)
                .setErrorMessage("The group has described topic(s) that the client is not authorized to describe.");
    }
}
