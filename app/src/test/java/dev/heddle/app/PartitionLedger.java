package dev.heddle.app;

import dev.heddle.log.PartitionLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What was sent to a partition, and what was promised about it. Any thread may call it.
 *
 * <p>For maintainers. A record is <em>sent</em> before the broker is asked to append it, <em>placed</em> when that has
 * given it an offset, and <em>committed</em> when it was acknowledged with acks=all, together with all before it.
 */
final class PartitionLedger {

    /** A transaction of a producer: begun when its first batch was sent. */
    static final class Transaction {
        final long producerId;

        /** Set before a marker is sent. */
        volatile Outcome outcome = Outcome.OPEN;

        /** Whether the marker is committed. */
        volatile boolean ended;

        Transaction(long producerId) {
            this.producerId = producerId;
        }
    }

    enum Outcome {
        OPEN,
        COMMIT,
        ABORT
    }

    /** A batch of an idempotent producer. */
    static final class Batch {
        final int baseSequence;
        final List<SentRecord> records;
        final long timestampMs;
        long acknowledgedOffset = -1;

        Batch(int baseSequence, List<SentRecord> records, long timestampMs) {
            this.baseSequence = baseSequence;
            this.records = records;
            this.timestampMs = timestampMs;
        }
    }

    /** An idempotent producer, which one thread uses. */
    static final class Producer {
        final int client;
        final long id;
        final List<Batch> batches = new ArrayList<>();
        int nextSequence;

        Producer(int client, long id) {
            this.client = client;
            this.id = id;
        }

        /** Whether the last batch may have to be sent again. */
        boolean hasUnacknowledged() {
            return !batches.isEmpty() && batches.getLast().acknowledgedOffset < 0;
        }
    }

    final TopicPartition partition;
    final TopicKind kind;

    final List<Producer> producers = new CopyOnWriteArrayList<>();

    /** Publishes the log as it was last seen, to be asked at the end of its life where it begins. */
    volatile @Nullable PartitionLog log;

    /** Where that began when it was loaded; used by the machine's thread. */
    long startWhenLoaded;

    /** Guards everything below. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Everything that was ever sent, with the transaction that it was sent in, or null. */
    private final Map<Long, Transaction> sent = new HashMap<>();

    /** What has which offset; -1 for control records. */
    private final TreeMap<Long, Long> placed = new TreeMap<>();

    private long committedEnd;
    private long highestStart;

    PartitionLedger(TopicPartition partition, TopicKind kind) {
        this.partition = partition;
        this.kind = kind;
    }

    /** Does something with the lock held. */
    private void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    void sent(List<SentRecord> records, Transaction transaction) {
        locked(() -> records.forEach(record -> sent.put(record.id(), transaction)));
    }

    void placed(long firstOffset, List<SentRecord> records) {
        locked(() -> {
            long offset = firstOffset;
            for (SentRecord record : records) place(offset++, record.id());
        });
    }

    void placedMarker(long offset) {
        locked(() -> place(offset, -1));
    }

    private void place(long offset, long id) {
        Long before = placed.put(offset, id);
        if (before != null && before != id) {
            throw new AssertionError(
                    partition + " gave offset " + offset + " to both record " + before + " and record " + id);
        }
    }

    /** Everything below was acknowledged with acks=all, or has survived a power cut. */
    void committed(long endOffset) {
        locked(() -> committedEnd = Math.max(committedEnd, endOffset));
    }

    /** The log start offset was asked to be, or was, here. */
    void startedAt(long offset) {
        locked(() -> highestStart = Math.max(highestStart, offset));
    }

    boolean wasSent(long id) {
        return sent.containsKey(id);
    }

    Transaction transactionOf(long id) {
        return sent.get(id);
    }

    /** Where a record is, -1 if it is not known to be anywhere. */
    long offsetOf(SentRecord record) {
        lock.lock();
        try {
            for (var entry : placed.descendingMap().entrySet())
                if (entry.getValue() == record.id()) return entry.getKey();
            return -1;
        } finally {
            lock.unlock();
        }
    }

    TreeMap<Long, Long> placed() {
        return placed;
    }

    long committedEnd() {
        return committedEnd;
    }

    long highestStart() {
        return highestStart;
    }

    /** What a check has found is what there is from now on. */
    void replaceBy(Map<Long, Long> found, long startOffset) {
        locked(() -> {
            placed.clear();
            placed.putAll(found);
            highestStart = Math.max(highestStart, startOffset);
        });
    }
}
