package dev.heddle.coordinator;

import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.PartitionsSchema;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of {@code __transaction_state}. Any thread may call it.
 *
 * <pre>
 *   key    int16 type     0 transactional id
 *          key fields, in the only version there is
 *   value  int16 version  0; from transaction version 1 on 1, which has tagged fields
 *          value fields in that version
 *          (no value at all: a tombstone)
 * </pre>
 */
final class TransactionRecords {

    private static final short TRANSACTION = 0;
    private static final short FLEXIBLE_SINCE = 1;

    /** A record, decoded. Immutable. */
    sealed interface Decoded {

        /** What a transactional id has become, or with null that it is gone. */
        record Transaction(String transactionalId, @Nullable TransactionMetadata metadata) implements Decoded {}

        /** A record of a newer broker, which is left where it is. */
        record Foreign(String reason) implements Decoded {}
    }

    private TransactionRecords() {}

    /** @param serverVersion the transaction version in force */
    static SimpleRecord transaction(
            String transactionalId, TransactionMetadata metadata, short serverVersion, long nowMs) {
        Producer producer = metadata.producer();
        var value = new TransactionLogValue()
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setTransactionTimeoutMs(metadata.timeoutMs())
                .setTransactionStatus(metadata.state().id())
                .setTransactionLastUpdateTimestampMs(metadata.lastUpdateMs())
                .setTransactionStartTimestampMs(metadata.startMs())
                .setTransactionPartitions(partitions(metadata));
        short version = serverVersion >= FLEXIBLE_SINCE ? FLEXIBLE_SINCE : 0;
        if (version >= FLEXIBLE_SINCE) {
            value.setPreviousProducerId(producer.previousId())
                    .setNextProducerId(producer.nextId())
                    .setClientTransactionVersion(metadata.clientVersion());
        }
        return new SimpleRecord(nowMs, key(transactionalId), MessageUtil.toVersionPrefixedBytes(version, value));
    }

    private static @Nullable List<PartitionsSchema> partitions(TransactionMetadata metadata) {
        if (metadata.is(TransactionState.EMPTY)) return null;
        Map<String, List<Integer>> byTopic = new TreeMap<>();
        for (TopicPartition partition : metadata.partitions()) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition());
        }
        List<PartitionsSchema> all = new ArrayList<>(byTopic.size());
        byTopic.forEach(
                (topic, ids) -> all.add(new PartitionsSchema().setTopic(topic).setPartitionIds(ids)));
        return all;
    }

    static SimpleRecord tombstone(String transactionalId, long nowMs) {
        return new SimpleRecord(nowMs, key(transactionalId), null);
    }

    private static byte[] key(String transactionalId) {
        return MessageUtil.toCoordinatorTypePrefixedBytes(new TransactionLogKey().setTransactionalId(transactionalId));
    }

    /**
     * Decodes a record.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    static Decoded decode(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes) {
        short type = keyBytes.getShort();
        if (type != TRANSACTION) return new Decoded.Foreign("key type " + type);
        String transactionalId = new TransactionLogKey(new ByteBufferAccessor(keyBytes), (short) 0).transactionalId();
        if (valueBytes == null) return new Decoded.Transaction(transactionalId, null);
        short version = valueBytes.getShort();
        if (version < TransactionLogValue.LOWEST_SUPPORTED_VERSION
                || version > TransactionLogValue.HIGHEST_SUPPORTED_VERSION) {
            return new Decoded.Foreign("value version " + version);
        }
        var value = new TransactionLogValue(new ByteBufferAccessor(valueBytes), version);
        return new Decoded.Transaction(transactionalId, metadata(value));
    }

    private static TransactionMetadata metadata(TransactionLogValue value) {
        TransactionState state = TransactionState.ofId(value.transactionStatus());
        var producer = new Producer(
                value.producerId(),
                value.previousProducerId(),
                value.nextProducerId(),
                value.producerEpoch(),
                RecordBatch.NO_PRODUCER_EPOCH);
        return new TransactionMetadata(
                producer,
                state,
                partitions(value, state),
                value.transactionStartTimestampMs(),
                value.transactionLastUpdateTimestampMs(),
                value.transactionTimeoutMs(),
                value.clientTransactionVersion());
    }

    private static Set<TopicPartition> partitions(TransactionLogValue value, TransactionState state) {
        var all = new HashSet<TopicPartition>();
        if (state == TransactionState.EMPTY || value.transactionPartitions() == null) return all;
        for (PartitionsSchema topic : value.transactionPartitions()) {
            for (int partition : topic.partitionIds()) all.add(new TopicPartition(topic.topic(), partition));
        }
        return all;
    }
}
