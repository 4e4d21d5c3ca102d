package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * New partitions of old topics: from a request to records and an answer. Stateless; called under the controller's lock.
 */
final class PartitionControl {

    private PartitionControl() {}

    /**
     * Adds partitions to topics.
     *
     * @throws AnswerException {@code POLICY_VIOLATION} if it is too much for one request
     */
    static ControllerResult<CreatePartitionsResponseData> createPartitions(
            MetadataImage image, CreatePartitionsRequestData request) {
        Set<String> duplicates = duplicates(request);
        checkTotal(image, request, duplicates);
        List<VersionedRecord> records = new ArrayList<>();
        var response = new CreatePartitionsResponseData();
        for (String name : duplicates) {
            answer(response, name, new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name."));
        }
        for (CreatePartitionsTopic topic : request.topics()) {
            if (duplicates.contains(topic.name())) continue;
            ApiError error = ApiError.NONE;
            try {
                records.addAll(newPartitions(image, topic));
            } catch (RuntimeException e) {
                error = Refusal.of(e, Errors.INVALID_CONFIG);
            }
            answer(response, topic.name(), error);
        }
        return new ControllerResult<>(request.validateOnly() ? List.of() : records, response);
    }

    private static Set<String> duplicates(CreatePartitionsRequestData request) {
        Set<String> seen = new HashSet<>();
        Set<String> duplicates = new HashSet<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            if (!seen.add(topic.name())) duplicates.add(topic.name());
        }
        return duplicates;
    }

    private static void checkTotal(MetadataImage image, CreatePartitionsRequestData request, Set<String> duplicates) {
        long total = 0;
        for (CreatePartitionsTopic topic : request.topics()) {
            TopicImage existing = image.topics().topic(topic.name());
            if (existing == null || duplicates.contains(topic.name())) continue;
            total += Math.max(topic.count() - existing.partitions().size(), 0);
        }
        TopicControl.checkRecords(total);
    }

    private static List<VersionedRecord> newPartitions(MetadataImage image, CreatePartitionsTopic topic) {
        TopicImage existing = image.topics().topic(topic.name());
        if (existing == null) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        int first = existing.partitions().size();
        checkCount(topic, first);
        int replicationFactor =
                existing.partitions().values().iterator().next().replicas().size();
        List<ReplicaPlacement.Assignment> assignments = topic.assignments() == null
                ? ReplicaPlacement.place(image.cluster(), topic.count() - first, replicationFactor)
                : assigned(image.cluster(), topic, first, replicationFactor);
        List<VersionedRecord> records = new ArrayList<>();
        for (int i = 0; i < assignments.size(); i++) {
            records.add(assignments.get(i).record(existing.id(), first + i, image.features()));
        }
        return records;
    }

    private static void checkCount(CreatePartitionsTopic topic, int existing) {
        if (topic.count() == existing) {
            throw new AnswerException(Errors.INVALID_PARTITIONS, "Topic already has " + existing + " partition(s).");
        }
        if (topic.count() < existing) {
            throw new AnswerException(
                    Errors.INVALID_PARTITIONS,
                    "The topic " + topic.name() + " currently has " + existing + " partition(s); " + topic.count()
                            + " would not be an increase.");
        }
        int additional = topic.count() - existing;
        if (topic.assignments() != null && topic.assignments().size() != additional) {
            throw new AnswerException(
                    Errors.INVALID_REPLICA_ASSIGNMENT,
                    "Attempted to add " + additional + " additional partition(s), but only "
                            + topic.assignments().size() + " assignment(s) were specified.");
        }
    }

    private static List<ReplicaPlacement.Assignment> assigned(
            ClusterImage cluster, CreatePartitionsTopic topic, int first, int replicationFactor) {
        List<ReplicaPlacement.Assignment> assignments = new ArrayList<>();
        for (var requested : topic.assignments()) {
            int number = first + assignments.size();
            assignments.add(ReplicaPlacement.manual(cluster, number, requested.brokerIds(), replicationFactor));
        }
        return assignments;
    }

    private static void answer(CreatePartitionsResponseData response, String name, ApiError error) {
        response.results()
                .add(new CreatePartitionsTopicResult()
                        .setName(name)
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message()));
    }
}
