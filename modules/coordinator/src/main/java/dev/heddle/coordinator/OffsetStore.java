package dev.heddle.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The offsets of one group: committed ones, and those of transactions that are still open. Every method needs the
 * group's lock.
 */
final class OffsetStore {

    private final Map<String, Map<Integer, CommittedOffset>> committed = new HashMap<>();
    private final Map<Long, Map<TopicPartition, CommittedOffset>> openTransactions = new HashMap<>();
    private final LongAdder numOffsets;

    /** @param numOffsets counts the committed offsets of all groups */
    OffsetStore(LongAdder numOffsets) {
        this.numOffsets = numOffsets;
    }

    @Nullable CommittedOffset get(String topic, int partition) {
        Map<Integer, CommittedOffset> partitions = committed.get(topic);
        return partitions == null ? null : partitions.get(partition);
    }

    void put(String topic, int partition, CommittedOffset offset) {
        if (committed.computeIfAbsent(topic, t -> new HashMap<>()).put(partition, offset) == null) {
            numOffsets.increment();
        }
    }

    /** Removes what is committed for the partition and what open transactions would commit. */
    void remove(String topic, int partition) {
        Map<Integer, CommittedOffset> partitions = committed.get(topic);
        if (partitions != null && partitions.remove(partition) != null) {
            numOffsets.decrement();
            if (partitions.isEmpty()) committed.remove(topic);
        }
        if (openTransactions.isEmpty()) return;
        var key = new TopicPartition(topic, partition);
        openTransactions.values().forEach(pending -> pending.remove(key));
        openTransactions.values().removeIf(Map::isEmpty);
    }

    /** Forgets everything: the group leaves this broker. */
    void clear() {
        committed.values().forEach(partitions -> numOffsets.add(-partitions.size()));
        committed.clear();
        openTransactions.clear();
    }

    /** Committed offsets by topic and partition; not to be changed. */
    Map<String, Map<Integer, CommittedOffset>> committed() {
        return committed;
    }

    boolean hasNoCommitted() {
        return committed.isEmpty();
    }

    /** Neither committed offsets nor open transactions. */
    boolean isEmpty() {
        return committed.isEmpty() && openTransactions.isEmpty();
    }

    // ---- transactions ----

    /** A transactional commit, which counts once the producer's transaction is committed. */
    void putPending(long producerId, TopicPartition partition, CommittedOffset offset) {
        openTransactions.computeIfAbsent(producerId, id -> new HashMap<>()).put(partition, offset);
    }

    boolean hasOpenTransactions() {
        return !openTransactions.isEmpty();
    }

    boolean hasPending(String topic, int partition) {
        if (openTransactions.isEmpty()) return false;
        var key = new TopicPartition(topic, partition);
        return openTransactions.values().stream().anyMatch(pending -> pending.containsKey(key));
    }

    /** The partitions that open transactions would commit. */
    List<TopicPartition> pendingPartitions() {
        return openTransactions.values().stream()
                .flatMap(pending -> pending.keySet().stream())
                .distinct()
                .toList();
    }

    /** The producer's transaction has ended: its offsets count from now on, or never. */
    void endTransaction(long producerId, boolean commit) {
        Map<TopicPartition, CommittedOffset> pending = openTransactions.remove(producerId);
        if (pending == null || !commit) return;
        new ArrayList<>(pending.entrySet()).forEach(entry -> {
            TopicPartition partition = entry.getKey();
            CommittedOffset before = get(partition.topic(), partition.partition());
            // A plain commit that was written after the transactional one is the newer of the two.
            if (before == null || entry.getValue().recordOffset() > before.recordOffset()) {
                put(partition.topic(), partition.partition(), entry.getValue());
            }
        });
    }
}
