package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TopicInfo;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupDescribeRequest;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;

/** StreamsGroupDescribe (KIP-1071). */
final class StreamsGroupDescribeHandler extends GroupDescribeHandler<DescribedGroup> {

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
            return answer(refused(ids, Errors.UNSUPPORTED_VERSION));
        }
        return answer(describe(
                ids,
                access,
                body.data().includeAuthorizedOperations(),
                allowed -> groups.describeStreamsGroups(GroupCalls.context(request), allowed)
                        .groups()));
    }

    private static StreamsGroupDescribeResponse answer(List<DescribedGroup> groups) {
        return new StreamsGroupDescribeResponse(new StreamsGroupDescribeResponseData().setGroups(groups));
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
        if (group.topology() == null) return Stream.of();
        return group.topology().subtopologies().stream().flatMap(StreamsGroupDescribeHandler::topicsOf);
    }

    private static Stream<String> topicsOf(Subtopology subtopology) {
        return Stream.of(
                        subtopology.sourceTopics().stream(),
                        subtopology.repartitionSinkTopics().stream(),
                        subtopology.repartitionSourceTopics().stream().map(TopicInfo::name),
                        subtopology.stateChangelogTopics().stream().map(TopicInfo::name))
                .flatMap(topics -> topics);
    }

    @Override
    DescribedGroup hidden(DescribedGroup group) {
        return refused(group.groupId(), Errors.TOPIC_AUTHORIZATION_FAILED)
                .setErrorMessage("The described group uses topics that the client is not authorized to describe.");
    }
}
