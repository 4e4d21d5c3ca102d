package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import dev.heddle.metadata.ControllerConfig.TopicDefaults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.jspecify.annotations.Nullable;

/** Creation of topics: from a request to records and an answer. Stateless; called under the controller's lock. */
final class TopicControl {

    /** No request makes more partitions, and none more records, than this: it is one batch of the metadata log. */
    static final int MAX_RECORDS_PER_REQUEST = 10_000;

    private final TopicDefaults defaults;
    private final ConfigControl configs;
    private final EffectiveTopicConfigs effective;
    private final @Nullable CreateTopicPolicy policy;

    TopicControl(
            TopicDefaults defaults,
            ConfigControl configs,
            EffectiveTopicConfigs effective,
            @Nullable CreateTopicPolicy policy) {
        this.defaults = defaults;
        this.configs = configs;
        this.effective = effective;
        this.policy = policy;
    }

    /**
     * Creates topics.
     *
     * @throws AnswerException {@code POLICY_VIOLATION} if it is too much for one request
     */
    ControllerResult<CreateTopicsResponseData> createTopics(MetadataImage image, CreateTopicsRequestData request) {
        checkTotal(request);
        List<VersionedRecord> records = new ArrayList<>();
        var response = new CreateTopicsResponseData();
        Set<String> duplicates = duplicates(request);
        Map<String, String> colliding = collidingNames(image, request);
        for (CreatableTopic topic : request.topics()) {
            if (duplicates.contains(topic.name())) continue;
            try {
                checkName(image, topic.name(), colliding);
                response.topics().add(createTopic(image, topic, records));
            } catch (RuntimeException e) {
                response.topics().add(refused(topic.name(), Refusal.of(e, Errors.INVALID_CONFIG)));
            }
        }
        for (String name : duplicates) {
            response.topics().add(refused(name, new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name.")));
        }
        checkRecords(records.size());
        return new ControllerResult<>(request.validateOnly() ? List.of() : records, response);
    }

    private void checkTotal(CreateTopicsRequestData request) {
        long total = 0;
        for (CreatableTopic topic : request.topics()) {
            int count = topic.numPartitions() == -1 ? defaults.numPartitions() : Math.max(topic.numPartitions(), 0);
            total += topic.assignments().isEmpty() ? count : topic.assignments().size();
        }
        if (total > MAX_RECORDS_PER_REQUEST) {
            throw new AnswerException(Errors.POLICY_VIOLATION, "Excessively large number of partitions per request.");
        }
    }

    /** @throws AnswerException {@code POLICY_VIOLATION} if it is too much for one request */
    static void checkRecords(long count) {
        if (count > MAX_RECORDS_PER_REQUEST) {
            throw new AnswerException(Errors.POLICY_VIOLATION, "Unable to perform excessively large batch operation.");
        }
    }

    private static Set<String> duplicates(CreateTopicsRequestData request) {
        Set<String> seen = new HashSet<>();
        Set<String> duplicates = new HashSet<>();
        for (CreatableTopic topic : request.topics()) {
            if (!seen.add(topic.name())) duplicates.add(topic.name());
        }
        return duplicates;
    }

    /** Existing topics with a '.' or '_' in their names, by their names with one in place of the other. */
    private static Map<String, String> collidingNames(MetadataImage image, CreateTopicsRequestData request) {
        Map<String, String> names = new HashMap<>();
        boolean needed = request.topics().stream().anyMatch(topic -> Topic.hasCollisionChars(topic.name()));
        if (!needed) return names;
        for (TopicImage topic : image.topics().all()) {
            if (Topic.hasCollisionChars(topic.name())) {
                names.putIfAbsent(Topic.unifyCollisionChars(topic.name()), topic.name());
            }
        }
        return names;
    }

    private static void checkName(MetadataImage image, String name, Map<String, String> colliding) {
        if (name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
            throw new AnswerException(Errors.INVALID_REQUEST, "Creation of internal topic " + name + " is prohibited.");
        }
        if (image.topics().topic(name) != null) {
            throw new AnswerException(Errors.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        Topic.validate(name);
        String existing = Topic.hasCollisionChars(name) ? colliding.get(Topic.unifyCollisionChars(name)) : null;
        if (existing != null) {
            throw new InvalidTopicException("Topic '" + name + "' collides with existing topic: " + existing);
        }
    }

    private CreatableTopicResult createTopic(MetadataImage image, CreatableTopic topic, List<VersionedRecord> records) {
        Map<String, String> overrides = overrides(topic);
        List<VersionedRecord> configRecords =
                overrides.isEmpty() ? List.of() : configs.configureNewTopic(image, topic.name(), overrides);
        Map<Integer, ReplicaPlacement.Assignment> partitions =
                topic.assignments().isEmpty() ? placed(image.cluster(), topic) : assigned(image.cluster(), topic);
        askPolicy(topic, partitions, overrides);
        Uuid id = newId(image);
        CreatableTopicResult result = new CreatableTopicResult()
                .setName(topic.name())
                .setTopicId(id)
                .setNumPartitions(partitions.size())
                .setReplicationFactor((short) partitions.get(0).replicas().size())
                .setConfigs(effective.describe(image.configs(), overrides));
        records.add(VersionedRecord.of(new TopicRecord().setName(topic.name()).setTopicId(id), 0));
        records.addAll(configRecords);
        partitions.forEach((number, assignment) -> records.add(assignment.record(id, number, image.features())));
        return result;
    }

    private static Uuid newId(MetadataImage image) {
        Uuid id = Uuid.randomUuid();
        while (image.topics().topic(id) != null) id = Uuid.randomUuid();
        return id;
    }

    private static Map<String, String> overrides(CreatableTopic topic) {
        Map<String, String> overrides = new TreeMap<>();
        List<String> nulls = new ArrayList<>();
        topic.configs().forEach(config -> {
            if (config.value() == null) {
                nulls.add(config.name());
            } else {
                overrides.put(config.name(), config.value());
            }
        });
        if (!nulls.isEmpty()) {
            throw new AnswerException(
                    Errors.INVALID_CONFIG, "Null value not supported for topic configs: " + String.join(",", nulls));
        }
        return overrides;
    }

    private static Map<Integer, ReplicaPlacement.Assignment> assigned(ClusterImage cluster, CreatableTopic topic) {
        if (topic.replicationFactor() != -1) {
            throw new AnswerException(
                    Errors.INVALID_REQUEST,
                    "A manual partition assignment was specified, but replication factor was not set to -1.");
        }
        if (topic.numPartitions() != -1) {
            throw new AnswerException(
                    Errors.INVALID_REQUEST,
                    "A manual partition assignment was specified, but numPartitions was not set to -1.");
        }
        Map<Integer, ReplicaPlacement.Assignment> partitions = new TreeMap<>();
        int replicationFactor = -1;
        for (var requested : topic.assignments()) {
            int number = requested.partitionIndex();
            if (partitions.containsKey(number)) {
                refuseAssignment("Found multiple manual partition assignments for partition " + number);
            }
            partitions.put(number, ReplicaPlacement.manual(cluster, number, requested.brokerIds(), replicationFactor));
            replicationFactor = requested.brokerIds().size();
        }
        for (int i = 0; i < partitions.size(); i++) {
            if (!partitions.containsKey(i)) {
                refuseAssignment("partitions should be a consecutive 0-based integer sequence");
            }
        }
        return partitions;
    }

    private static void refuseAssignment(String message) {
        throw new AnswerException(Errors.INVALID_REPLICA_ASSIGNMENT, message);
    }

    private Map<Integer, ReplicaPlacement.Assignment> placed(ClusterImage cluster, CreatableTopic topic) {
        if (topic.replicationFactor() < -1 || topic.replicationFactor() == 0) {
            throw new AnswerException(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "Replication factor must be larger than 0, or -1 to use the default value.");
        }
        if (topic.numPartitions() < -1 || topic.numPartitions() == 0) {
            throw new AnswerException(
                    Errors.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.");
        }
        int count = topic.numPartitions() == -1 ? defaults.numPartitions() : topic.numPartitions();
        int replicationFactor =
                topic.replicationFactor() == -1 ? defaults.replicationFactor() : topic.replicationFactor();
        Map<Integer, ReplicaPlacement.Assignment> partitions = new LinkedHashMap<>();
        try {
            ReplicaPlacement.place(cluster, count, replicationFactor)
                    .forEach(assignment -> partitions.put(partitions.size(), assignment));
        } catch (AnswerException e) {
            throw new AnswerException(
                    e.error(),
                    "Unable to replicate the partition " + replicationFactor + " time(s): " + e.getMessage());
        }
        return partitions;
    }

    private void askPolicy(
            CreatableTopic topic, Map<Integer, ReplicaPlacement.Assignment> partitions, Map<String, String> overrides) {
        if (policy == null) return;
        boolean manual = !topic.assignments().isEmpty();
        Map<Integer, List<Integer>> replicas = new TreeMap<>();
        partitions.forEach((number, assignment) -> replicas.put(number, assignment.replicas()));
        policy.validate(new CreateTopicPolicy.RequestMetadata(
                topic.name(),
                manual ? null : partitions.size(),
                manual ? null : (short) partitions.get(0).replicas().size(),
                manual ? replicas : null,
                overrides));
    }

    private static CreatableTopicResult refused(String name, ApiError error) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}
