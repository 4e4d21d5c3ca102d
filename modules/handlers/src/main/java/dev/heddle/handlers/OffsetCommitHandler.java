package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.TopicImage;
import dev.heddle.metadata.TopicsImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.resource.ResourceType;

/** OffsetCommit. Any thread may call it; it waits until the offsets are committed to the log of the group. */
final class OffsetCommitHandler implements ApiHandler {

    private final GroupCoordinator groups;
    private final MetadataCache metadata;

    OffsetCommitHandler(GroupCoordinator groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_COMMIT;
    }

    @Override
    public OffsetCommitResponse handle(Request request, Access access) {
        OffsetCommitRequest body = request.body();
        GroupCalls.require(access, AclOperation.READ, body.data().groupId());
        if (access.isUnrestricted())
            return new OffsetCommitResponse(groups.commitOffsets(GroupCalls.context(request), body.data()));
        return commitWhatIsAllowed(request, body.data(), access);
    }

    private OffsetCommitResponse commitWhatIsAllowed(Request request, OffsetCommitRequestData data, Access access) {
        boolean byId = OffsetCommitResponse.useTopicIds(request.apiVersion());
        TopicsImage known = metadata.image().topics();
        Function<OffsetCommitRequestTopic, String> nameOf = topic -> nameOf(topic, byId, known);
        Predicate<String> readable = access.allowed(AclOperation.READ, ResourceType.TOPIC, data.topics(), nameOf);
        OffsetCommitResponse.Builder response = OffsetCommitResponse.newBuilder(byId);
        List<OffsetCommitRequestTopic> allowed = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : data.topics()) {
            String name = nameOf.apply(topic);
            if (name.isEmpty() || readable.test(name)) allowed.add(topic);
            else
                response.addPartitions(
                        topic.topicId(),
                        name,
                        topic.partitions(),
                        OffsetCommitRequestPartition::partitionIndex,
                        Errors.TOPIC_AUTHORIZATION_FAILED);
        }
        if (allowed.isEmpty()) return response.build();
        return response.merge(groups.commitOffsets(
                        GroupCalls.context(request), data.duplicate().setTopics(allowed)))
                .build();
    }

    /** Empty if there is no topic of that id: the coordinator answers for it. */
    private static String nameOf(OffsetCommitRequestTopic topic, boolean byId, TopicsImage known) {
        if (!byId) return topic.name();
        TopicImage found = known.topic(topic.topicId());
        return found == null ? "" : found.name();
    }
}
