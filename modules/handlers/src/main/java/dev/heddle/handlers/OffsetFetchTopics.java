package dev.heddle.handlers;

import dev.heddle.metadata.TopicImage;
import dev.heddle.metadata.TopicsImage;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * The topics of one group of an OffsetFetch, as far as the client may see them. Made for one group and used by the request's
 * thread alone.
 */
final class OffsetFetchTopics {

    private final boolean byId;
    private final TopicsImage known;
    private final Access access;
    private final List<OffsetFetchResponseTopics> refused = new ArrayList<>();
    private boolean all;

    OffsetFetchTopics(short version, TopicsImage known, Access access) {
        this.byId = OffsetFetchRequest.useTopicIds(version);
        this.known = known;
        this.access = access;
    }

    /** What the coordinator is asked for; what it is not asked for is answered by {@link #complete}. */
    OffsetFetchRequestGroup allowed(OffsetFetchRequestGroup group) {
        all = OffsetFetchRequest.requestAllOffsets(group);
        if (all) return group;
        Predicate<String> describable =
                access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, group.topics(), this::nameOf);
        List<OffsetFetchRequestTopics> allowed = new ArrayList<>();
        for (OffsetFetchRequestTopics topic : group.topics()) {
            String name = nameOf(topic);
            if (name.isEmpty() || describable.test(name)) allowed.add(topic);
            else refused.add(refused(topic));
        }
        return group.duplicate().setTopics(allowed);
    }

    /** Empty if there is no topic of that id: the coordinator answers for it. */
    private String nameOf(OffsetFetchRequestTopics topic) {
        if (!byId) return topic.name();
        TopicImage found = known.topic(topic.topicId());
        return found == null ? "" : found.name();
    }

    private static OffsetFetchResponseTopics refused(OffsetFetchRequestTopics topic) {
        var answer = new OffsetFetchResponseTopics().setTopicId(topic.topicId()).setName(topic.name());
        topic.partitionIndexes()
                .forEach(partition -> answer.partitions()
                        .add(new OffsetFetchResponsePartitions()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())));
        return answer;
    }

    /** Leaves out of the coordinator's answer what the client may not see, and adds what it was not asked for. */
    OffsetFetchResponseGroup complete(OffsetFetchResponseGroup answer) {
        if (answer.errorCode() != Errors.NONE.code()) return answer;
        List<OffsetFetchResponseTopics> topics = new ArrayList<>(answer.topics());
        if (all) {
            Predicate<String> describable =
                    access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics, this::nameOf);
            topics.removeIf(topic -> !describable.test(nameOf(topic)));
        }
        topics.addAll(refused);
        return answer.setTopics(topics);
    }

    private String nameOf(OffsetFetchResponseTopics topic) {
        if (!topic.name().isEmpty()) return topic.name();
        TopicImage found = known.topic(topic.topicId());
        return found == null ? "" : found.name();
    }
}
