package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Deletion of topics, which a request names by name or by id. One object serves one request, under the controller's
 * lock.
 */
final class TopicDeletion {

    private final TopicsImage topics;
    private final DeleteTopicsResponseData response = new DeleteTopicsResponseData();
    private final Map<Uuid, TopicImage> chosen = new LinkedHashMap<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<String> repeatedNames = new LinkedHashSet<>();
    private final Set<Uuid> ids = new LinkedHashSet<>();
    private final Set<Uuid> repeatedIds = new LinkedHashSet<>();

    private TopicDeletion(TopicsImage topics) {
        this.topics = topics;
    }

    /**
     * Deletes topics.
     *
     * @param deletable whether topics may be deleted at all
     * @throws AnswerException {@code TOPIC_DELETION_DISABLED} if not
     */
    static ControllerResult<DeleteTopicsResponseData> deleteTopics(
            MetadataImage image, DeleteTopicsRequestData request, boolean deletable) {
        if (!deletable) throw new AnswerException(Errors.TOPIC_DELETION_DISABLED);
        var deletion = new TopicDeletion(image.topics());
        deletion.read(request);
        deletion.answerRepeated();
        deletion.chooseById();
        deletion.chooseByName();
        return deletion.result();
    }

    private void read(DeleteTopicsRequestData request) {
        request.topicNames().forEach(this::addName);
        for (var topic : request.topics()) {
            boolean hasId = !topic.topicId().equals(Uuid.ZERO_UUID);
            if (topic.name() == null && !hasId) {
                answer(null, Uuid.ZERO_UUID, Errors.INVALID_REQUEST, "Neither topic name nor id were specified.");
            } else if (topic.name() == null) {
                if (!ids.add(topic.topicId())) repeatedIds.add(topic.topicId());
            } else if (hasId) {
                answer(
                        topic.name(),
                        topic.topicId(),
                        Errors.INVALID_REQUEST,
                        "You may not specify both topic name and topic id.");
            } else {
                addName(topic.name());
            }
        }
    }

    private void addName(String name) {
        if (!names.add(name)) repeatedNames.add(name);
    }

    private void answerRepeated() {
        names.removeAll(repeatedNames);
        ids.removeAll(repeatedIds);
        for (String name : repeatedNames) {
            answer(name, Uuid.ZERO_UUID, Errors.INVALID_REQUEST, "Duplicate topic name.");
        }
        for (Uuid id : repeatedIds) answer(null, id, Errors.INVALID_REQUEST, "Duplicate topic id.");
    }

    private void chooseById() {
        for (Uuid id : ids) {
            TopicImage topic = topics.topic(id);
            if (topic == null) {
                answer(null, id, Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_ID.message());
            } else {
                chosen.put(id, topic);
            }
        }
    }

    private void chooseByName() {
        for (String name : names) {
            TopicImage topic = topics.topic(name);
            if (topic == null) {
                answer(
                        name,
                        Uuid.ZERO_UUID,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION.message());
            } else if (repeatedIds.contains(topic.id()) || chosen.put(topic.id(), topic) != null) {
                repeatedIds.add(topic.id());
                chosen.remove(topic.id());
                answer(
                        name,
                        topic.id(),
                        Errors.INVALID_REQUEST,
                        "The provided topic name maps to an ID that was already supplied.");
            }
        }
    }

    private ControllerResult<DeleteTopicsResponseData> result() {
        TopicControl.checkRecords(chosen.size());
        List<VersionedRecord> records = new ArrayList<>();
        for (TopicImage topic : chosen.values()) {
            records.add(VersionedRecord.of(new RemoveTopicRecord().setTopicId(topic.id()), 0));
            answer(topic.name(), topic.id(), Errors.NONE, null);
        }
        return new ControllerResult<>(records, response);
    }

    private void answer(@Nullable String name, Uuid id, Errors error, @Nullable String message) {
        response.responses()
                .add(new DeletableTopicResult()
                        .setName(name)
                        .setTopicId(id)
                        .setErrorCode(error.code())
                        .setErrorMessage(message));
    }
}
