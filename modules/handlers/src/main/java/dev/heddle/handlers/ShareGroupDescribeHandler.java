package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareGroupDescribeRequest;
import org.apache.kafka.common.requests.ShareGroupDescribeResponse;

/** ShareGroupDescribe (KIP-932). */
final class ShareGroupDescribeHandler extends GroupDescribeHandler<DescribedGroup> {

    private final ShareGroups groups;
    private final MetadataCache metadata;

    ShareGroupDescribeHandler(ShareGroups groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.SHARE_GROUP_DESCRIBE;
    }

    @Override
    public ShareGroupDescribeResponse handle(Request request, Access access) {
        ShareHandlers.requireShareGroups(metadata);
        ShareGroupDescribeRequest body = request.body();
        List<String> ids = body.data().groupIds();
        return answer(describe(
                ids,
                access,
                body.data().includeAuthorizedOperations(),
                allowed -> groups.describe(GroupCalls.context(request), allowed).groups()));
    }

    private static ShareGroupDescribeResponse answer(List<DescribedGroup> groups) {
        return new ShareGroupDescribeResponse(new ShareGroupDescribeResponseData().setGroups(groups));
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
                .flatMap(member -> member.assignment().topicPartitions().stream())
                .map(TopicPartitions::topicName);
    }

    @Override
    DescribedGroup hidden(DescribedGroup group) {
        return refused(group.groupId(), Errors.TOPIC_AUTHORIZATION_FAILED)
                .setErrorMessage("The group has described topic(s) that the client is not authorized to describe.");
    }
}
