package dev.heddle.app;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** Everything that was asked of a broker and everything that it promised, over all its lives. Any thread may call it. */
final class Ledger {

    /** What is known of a topic. */
    enum Existence {
        /** Its creation was asked for, and not acknowledged yet. */
        MAY_EXIST,
        EXISTS,
        /** Its deletion was asked for, and not acknowledged yet. */
        MAY_BE_GONE,
        GONE
    }

    /** A topic, by a name that is never used twice. */
    static final class Topic {
        final String name;
        final TopicKind kind;
        final List<PartitionLedger> partitions = new ArrayList<>();

        /** Publishes what is known. */
        volatile Existence existence = Existence.MAY_EXIST;

        /** Publishes the id, once it is known. */
        volatile Uuid id = Uuid.ZERO_UUID;

        /** The values that a setting may have: the acknowledged one first ("" for none), then those that were asked for. */
        final List<String> flushMs = new ArrayList<>(List.of(""));

        /** Held over changes of that setting, so that the order of requests is known. */
        final ReentrantLock settingLock = new ReentrantLock();

        Topic(String name, TopicKind kind, int partitionCount) {
            this.name = name;
            this.kind = kind;
            for (int i = 0; i < partitionCount; i++) {
                partitions.add(new PartitionLedger(new TopicPartition(name, i), kind));
            }
        }
    }

    /** A committed offset, by group and partition. */
    record OffsetKey(String group, TopicPartition partition) {}

    final Map<String, Topic> topics = new ConcurrentHashMap<>();

    /** The values that an offset may have: the acknowledged one first, then those that were asked for; -1 for none. */
    final Map<OffsetKey, List<Long>> offsets = new ConcurrentHashMap<>();

    /** Every producer id that was ever given out. */
    final Set<Long> producerIds = ConcurrentHashMap.newKeySet();

    /** The transactional ids of clients that have begun a transaction with the coordinator. */
    final Set<String> transactionalIds = ConcurrentHashMap.newKeySet();

    private final AtomicLong nextRecord = new AtomicLong();
    private final AtomicLong nextTopic = new AtomicLong();

    SentRecord newRecord() {
        return new SentRecord(nextRecord.getAndIncrement());
    }

    String newTopicName() {
        return "topic-" + nextTopic.getAndIncrement();
    }

    /** The topics that are there for sure. */
    List<Topic> existing() {
        return topics.values().stream()
                .filter(topic -> topic.existence == Existence.EXISTS)
                .sorted((one, other) -> one.name.compareTo(other.name))
                .toList();
    }

    /** Every partition of a topic that is there for sure. */
    List<PartitionLedger> partitions() {
        var all = new ArrayList<PartitionLedger>();
        for (Topic topic : existing()) all.addAll(topic.partitions);
        return all;
    }

    void gaveProducerId(long id) {
        if (!producerIds.add(id)) throw new AssertionError("producer id " + id + " was given out twice");
    }

    /** What the offset may be; one client at a time uses a group. */
    List<Long> offsetValues(String group, TopicPartition partition) {
        return offsets.computeIfAbsent(new OffsetKey(group, partition), key -> new ArrayList<>(List.of(-1L)));
    }

    /** A value was asked for. */
    static <T> void attempt(List<T> values, T value) {
        values.add(value);
    }

    /** The last value that was asked for is acknowledged. */
    static <T> void acknowledge(List<T> values) {
        T last = values.getLast();
        values.clear();
        values.add(last);
    }

    /** The names of the topics that are, or may be, there. */
    Set<String> possibleNames() {
        var names = new HashSet<String>();
        for (Topic topic : topics.values()) if (topic.existence != Existence.GONE) names.add(topic.name);
        return names;
    }
}
