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
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TopicInfo;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupDescribeRequest;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * StreamsGroupDescribe (KIP-1071). Any thread may call it; it waits for the groups' locks, and until what it shows is
 * committed.
 */
final class StreamsGroupDescribeHandler implements ApiHandler {

    private final GroupCoordinator groups;
    private final MetadataCache metadata;

    StreamsGroupDescribeHandler(GroupCoordinator groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.STREAMS_GROUP_DESCRIBE;
    }

    @Override
    public StreamsGroupDescribeResponse handle(Request request, Access access) {
        StreamsGroupDescribeRequest body = request.body();
        List<String> ids = body.data().groupIds();
        if (!groups.hasStreamsProtocol() || metadata.image().features().level(Features.STREAMS) < 1) {
            return new StreamsGroupDescribeResponse(refused(ids, Errors.UNSUPPORTED_VERSION));
        }
        var mayDescribe = access.allowed(AclOperation.DESCRIBE, ResourceType.GROUP, ids);
        List<String> denied = ids.stream().filter(mayDescribe.negate()).toList();
        List<String> allowed = ids.stream().filter(mayDescribe).toList();
        var response = refused(denied, Errors.GROUP_AUTHORIZATION_FAILED);
        var described = groups.describeStreamsGroups(GroupCalls.context(request), allowed)
                .groups();
        if (body.data().includeAuthorizedOperations()) described.forEach(group -> addOperations(group, access));
        response.groups().addAll(withoutHiddenTopics(described, access));
        return new StreamsGroupDescribeResponse(response);
    }

    private static StreamsGroupDescribeResponseData refused(List<String> ids, Errors error) {
        var groups = new ArrayList<DescribedGroup>(ids.size());
        for (String id : ids) groups.add(new DescribedGroup().setGroupId(id).setErrorCode(error.code()));
        return new StreamsGroupDescribeResponseData().setGroups(groups);
    }

    private static void addOperations(DescribedGroup group, Access access) {
        if (group.errorCode() != Errors.NONE.code()) return;
        group.setAuthorizedOperations(AuthorizedOperations.onGroup(access, group.groupId()));
    }

    /** Nobody learns the names of topics in this way that may not know them. */
    private static List<DescribedGroup> withoutHiddenTopics(List<DescribedGroup> groups, Access access) {
        if (access.isUnrestricted()) return groups;
        Set<String> topics =
                groups.stream().flatMap(StreamsGroupDescribeHandler::topics).collect(Collectors.toSet());
        var visible = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics);
        return groups.stream()
                .map(group -> topics(group).allMatch(visible) ? group : hidden(group))
                .toList();
    }

    private static Stream<String> topics(DescribedGroup group) {
        if (group.topology() == null) return Stream.of();
        return group.topology().subtopologies().stream().flatMap(StreamsGroupDescribeHandler::topics);
    }

    private static Stream<String> topics(Subtopology subtopology) {
        return Stream.of(
                        subtopology.sourceTopics().stream(),
                        subtopology.repartitionSinkTopics().stream(),
                        subtopology.repartitionSourceTopics().stream().map(TopicInfo::name),
                        subtopology.stateChangelogTopics().stream().map(TopicInfo::name))
                .flatMap(topics -> topics);
    }

    private static DescribedGroup hidden(DescribedGroup group) {
        return new DescribedGroup()
                .setGroupId(group.groupId())
                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                .setErrorMessage("The described group uses topics that the client is not authorized to describe.");
    }
}
