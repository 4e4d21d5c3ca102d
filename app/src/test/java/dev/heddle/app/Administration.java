package dev.heddle.app;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a client asks of the controller and the group coordinator, with the ledger kept. Any thread may call it. An error
 * in a response is thrown as an {@link AnswerException}.
 */
final class Administration {

    static final String OFFSETS_TOPIC = "__consumer_offsets";
    static final String CHANGED_KEY = "flush.ms";

    private static final int TIMEOUT_MS = 10_000;

    private final SmallBroker broker;
    private final Ledger ledger;

    Administration(SmallBroker broker, Ledger ledger) {
        this.broker = broker;
        this.ledger = ledger;
    }

    private static void require(short errorCode) {
        Errors error = Errors.forCode(errorCode);
        if (error != Errors.NONE) throw new AnswerException(error);
    }

    // ---- topics ----

    void createTopic(TopicKind kind, int partitions) {
        var topic = new Ledger.Topic(ledger.newTopicName(), kind, partitions);
        ledger.topics.put(topic.name, topic);
        topic.id = create(topic.name, partitions, kind.config());
        topic.existence = Ledger.Existence.EXISTS;
    }

    void createOffsetsTopic() {
        var configs = new HashMap<>(broker.parts.groups.offsetsTopicConfigs());
        configs.put("internal.segment.bytes", "3000");
        configs.put("min.cleanable.dirty.ratio", "0.01");
        create(OFFSETS_TOPIC, 2, configs);
    }

    /** If it is not there yet. */
    void createTransactionsTopic() {
        if (broker.parts.metadata.image().topics().topic(CoordinatedTransactions.TOPIC) != null) return;
        try {
            create(
                    CoordinatedTransactions.TOPIC,
                    2,
                    Map.of("cleanup.policy", "compact", "internal.segment.bytes", "3000"));
        } catch (AnswerException e) {
            // Another client may have been faster.
            if (e.error() != Errors.TOPIC_ALREADY_EXISTS) throw e;
        }
    }

    private Uuid create(String name, int partitions, Map<String, String> configs) {
        var request = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        var topic =
                new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor((short) 1);
        configs.forEach((key, value) ->
                topic.configs().add(new CreatableTopicConfig().setName(key).setValue(value)));
        request.topics().add(topic);
        var result = broker.parts.controller.createTopics(request).topics().find(name);
        require(result.errorCode());
        return result.topicId();
    }

    void deleteTopic(Ledger.Topic topic) {
        topic.existence = Ledger.Existence.MAY_BE_GONE;
        var request = new DeleteTopicsRequestData()
                .setTimeoutMs(TIMEOUT_MS)
                .setTopics(List.of(new DeleteTopicState().setName(topic.name)));
        Errors error = Errors.forCode(broker.parts
                .controller
                .deleteTopics(request)
                .responses()
                .find(topic.name)
                .errorCode());
        // Another client may have been faster.
        if (error != Errors.UNKNOWN_TOPIC_OR_PARTITION) require(error.code());
        topic.existence = Ledger.Existence.GONE;
    }

    void changeConfig(Ledger.Topic topic, int value) {
        String text = Integer.toString(1_000_000_000 + value);
        var resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic.name);
        resource.configs()
                .add(new AlterableConfig()
                        .setName(CHANGED_KEY)
                        .setValue(text)
                        .setConfigOperation(AlterConfigOp.OpType.SET.id()));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        topic.settingLock.lock();
        try {
            Ledger.attempt(topic.flushMs, text);
            require(broker.parts
                    .controller
                    .incrementalAlterConfigs(request)
                    .responses()
                    .getFirst()
                    .errorCode());
            Ledger.acknowledge(topic.flushMs);
        } finally {
            topic.settingLock.unlock();
        }
    }

    long newProducerId() {
        long id = broker.parts.controller.allocateProducerIds(1).first();
        ledger.gaveProducerId(id);
        return id;
    }

    // ---- offsets ----

    void commitOffset(String group, TopicPartition partition, long offset) {
        var request = new OffsetCommitRequestData()
                .setGroupId(group)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(partition.topic())
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition.partition())
                                .setCommittedOffset(offset)))));
        List<Long> values = ledger.offsetValues(group, partition);
        Ledger.attempt(values, offset);
        whenLoaded(() -> broker.parts
                .groups
                .commitOffsets(SmallBroker.context(), request)
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
        Ledger.acknowledge(values);
    }

    void deleteOffset(String group, TopicPartition partition) {
        List<Long> values = ledger.offsetValues(group, partition);
        if (values.size() != 1 || values.getFirst() < 0) return;
        Ledger.attempt(values, -1L);
        var topic = new OffsetDeleteRequestTopic()
                .setName(partition.topic())
                .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(partition.partition())));
        var request = new OffsetDeleteRequestData()
                .setGroupId(group)
                .setTopics(new OffsetDeleteRequestTopicCollection(List.of(topic).iterator()));
        whenLoaded(() -> {
            var response = broker.parts.groups.deleteOffsets(SmallBroker.context(), request);
            if (response.errorCode() != 0) return response.errorCode();
            return response.topics()
                    .find(partition.topic())
                    .partitions()
                    .iterator()
                    .next()
                    .errorCode();
        });
        Ledger.acknowledge(values);
    }

    /** The committed offset, -1 if there is none. */
    long fetchOffset(String group, TopicPartition partition) {
        var topic = new OffsetFetchRequestTopics()
                .setName(partition.topic())
                .setPartitionIndexes(List.of(partition.partition()));
        var asked = new OffsetFetchRequestGroup().setGroupId(group).setTopics(List.of(topic));
        var request = new OffsetFetchRequestData().setGroups(List.of(asked));
        var found = new ArrayList<Long>();
        whenLoaded(() -> {
            var answer = broker.parts
                    .groups
                    .fetchOffsets(SmallBroker.context(), request)
                    .groups()
                    .getFirst();
            if (answer.errorCode() != 0) return answer.errorCode();
            var one = answer.topics().getFirst().partitions().getFirst();
            found.add(one.committedOffset());
            return one.errorCode();
        });
        return found.getLast();
    }

    private static void whenLoaded(Supplier<Short> call) {
        long deadline = SmallBroker.deadline();
        while (true) {
            short code = call.get();
            if (code != Errors.COORDINATOR_LOAD_IN_PROGRESS.code()) {
                require(code);
                return;
            }
            if (System.nanoTime() > deadline) throw new AssertionError("groups are not loaded");
            Thread.yield();
        }
    }
}
