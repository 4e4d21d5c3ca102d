package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareGroupDescribeRequest;
import org.apache.kafka.common.requests.ShareGroupDescribeResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * ShareGroupDescribe (KIP-932). Any thread may call it; it waits for the groups' locks, and until what it shows is
 * committed.
 */
final class ShareGroupDescribeHandler implements ApiHandler {

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
        var mayDescribe = access.allowed(AclOperation.DESCRIBE, ResourceType.GROUP, ids);
        var answers = new ArrayList<DescribedGroup>(ids.size());
        ids.stream()
                .filter(mayDescribe.negate())
                .forEach(id -> answers.add(
                        new DescribedGroup().setGroupId(id).setErrorCode(Errors.GROUP_AUTHORIZATION_FAILED.code())));
        List<String> allowed = ids.stream().filter(mayDescribe).toList();
        var described = groups.describe(GroupCalls.context(request), allowed).groups();
        if (body.data().includeAuthorizedOperations()) described.forEach(group -> addOperations(group, access));
        answers.addAll(withoutHiddenTopics(described, access));
        return new ShareGroupDescribeResponse(new ShareGroupDescribeResponseData().setGroups(answers));
    }

    private static void addOperations(DescribedGroup group, Access access) {
        if (group.errorCode() != Errors.NONE.code()) return;
        group.setAuthorizedOperations(AuthorizedOperations.onGroup(access, group.groupId()));
    }

    /** Nobody learns the names of topics in this way that may not know them. */
    private static List<DescribedGroup> withoutHiddenTopics(List<DescribedGroup> groups, Access access) {
        if (access.isUnrestricted()) return groups;
        Set<String> topics =
                groups.stream().flatMap(ShareGroupDescribeHandler::topics).collect(Collectors.toSet());
        var visible = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics);
        return groups.stream()
                .map(group -> topics(group).allMatch(visible) ? group : hidden(group))
                .toList();
    }

    private static Stream<String> topics(DescribedGroup group) {
        return group.members().stream()
                .flatMap(member -> member.assignment().topicPartitions().stream())
                .map(TopicPartitions::topicName);
    }

    private static DescribedGroup hidden(DescribedGroup group) {
        return new DescribedGroup()
                .setGroupId(group.groupId())
                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                .setErrorMessage("The group has described topic(s) that the client is not authorized to describe.");
    }
}
