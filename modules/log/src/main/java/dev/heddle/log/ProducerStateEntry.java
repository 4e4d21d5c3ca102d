package dev.heddle.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/** What a log knows of one producer: its epoch, its last five batches, its open transaction. The log's lock guards it. */
final class ProducerStateEntry {

    /** So many batches an idempotent producer may have in flight, and so many are remembered to know repetitions. */
    static final int BATCHES_TO_RETAIN = 5;

    /** No transaction marker has been seen. */
    static final int NO_COORDINATOR_EPOCH = -1;

    /** A batch that was appended. */
    record Batch(int firstSequence, int lastSequence, long firstOffset, long lastOffset, long timestamp) {

        /** By how much the last offset is above the first. */
        int offsetDelta() {
            return (int) (lastOffset - firstOffset);
        }

        boolean isAtTheSamePlaceAs(Batch other) {
            return lastOffset == other.lastOffset && lastSequence == other.lastSequence;
        }
    }

    private final long producerId;

    /** Of the current epoch only, the oldest first. */
    private final Deque<Batch> batches = new ArrayDeque<>(BATCHES_TO_RETAIN);

    private short producerEpoch;
    private int coordinatorEpoch;
    private long lastTimestamp;
    private OptionalLong currentTxnFirstOffset;

    ProducerStateEntry(
            long producerId,
            short producerEpoch,
            int coordinatorEpoch,
            long lastTimestamp,
            OptionalLong currentTxnFirstOffset) {
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.coordinatorEpoch = coordinatorEpoch;
        this.lastTimestamp = lastTimestamp;
        this.currentTxnFirstOffset = currentTxnFirstOffset;
    }

    /** A producer of which nothing is known. */
    static ProducerStateEntry unknown(long producerId) {
        return new ProducerStateEntry(
                producerId,
                RecordBatch.NO_PRODUCER_EPOCH,
                NO_COORDINATOR_EPOCH,
                RecordBatch.NO_TIMESTAMP,
                OptionalLong.empty());
    }

    /** The same, but for the batches: what is about to be appended goes there. */
    ProducerStateEntry withoutBatches() {
        return new ProducerStateEntry(
                producerId, producerEpoch, coordinatorEpoch, lastTimestamp, currentTxnFirstOffset);
    }

    /** The same, for another log. */
    ProducerStateEntry copy() {
        ProducerStateEntry copy = withoutBatches();
        copy.batches.addAll(batches);
        return copy;
    }

    /** Whether the same is known of the same producer. */
    boolean isSameAs(ProducerStateEntry other) {
        return producerId == other.producerId
                && producerEpoch == other.producerEpoch
                && coordinatorEpoch == other.coordinatorEpoch
                && currentTxnFirstOffset.equals(other.currentTxnFirstOffset)
                && batchesOrNone().equals(other.batchesOrNone());
    }

    long producerId() {
        return producerId;
    }

    short producerEpoch() {
        return producerEpoch;
    }

    int coordinatorEpoch() {
        return coordinatorEpoch;
    }

    /** Timestamp of the last batch or marker, in milliseconds; -1 if there is none. */
    long lastTimestamp() {
        return lastTimestamp;
    }

    /** Whether no batch of the current epoch is known. */
    boolean hasNoBatch() {
        return batches.isEmpty();
    }

    /** Of the last batch; -1 if there is none. */
    int lastSequence() {
        return batches.isEmpty() ? RecordBatch.NO_SEQUENCE : batches.getLast().lastSequence;
    }

    /** Last offset of the last batch; -1 if there is none. */
    long lastDataOffset() {
        return batches.isEmpty() ? -1 : batches.getLast().lastOffset;
    }

    /**
     * The batches that are remembered, the oldest first; if there are none, one that says so. The last has the producer's
     * last timestamp, which may be that of a marker.
     */
    List<Batch> batchesOrNone() {
        var all = new ArrayList<>(batches);
        Batch last = all.isEmpty()
                ? new Batch(RecordBatch.NO_SEQUENCE, RecordBatch.NO_SEQUENCE, -1, -1, -1)
                : all.removeLast();
        all.add(new Batch(last.firstSequence, last.lastSequence, last.firstOffset, last.lastOffset, lastTimestamp));
        return all;
    }

    /** Puts the batches of an older state of the same producer before its own, if they are of the same epoch. */
    void rememberBatchesOf(ProducerStateEntry older) {
        if (older.producerEpoch != producerEpoch) return;
        var own = List.copyOf(batches);
        batches.clear();
        older.batches.forEach(this::retain);
        own.forEach(this::retain);
    }

    /**
     * Takes the batches of an older state of the same producer for its own, up to that state's last one: if it has that
     * one too, it has appended the others, though its records may not tell any more.
     */
    void rememberBatchesUpTo(ProducerStateEntry older) {
        if (older.producerEpoch != producerEpoch || older.batches.isEmpty()) return;
        Batch last = older.batches.getLast();
        var own = List.copyOf(batches);
        for (int i = 0; i < own.size(); i++) {
            if (!own.get(i).isAtTheSamePlaceAs(last)) continue;
            batches.clear();
            older.batches.forEach(this::retain);
            own.subList(i + 1, own.size()).forEach(this::retain);
            return;
        }
    }

    OptionalLong currentTxnFirstOffset() {
        return currentTxnFirstOffset;
    }

    /** The same batch, if it was appended before and is remembered. */
    @Nullable Batch findDuplicate(short epoch, int firstSequence, int lastSequence) {
        if (epoch != producerEpoch) return null;
        for (Batch batch : batches) {
            if (batch.firstSequence == firstSequence && batch.lastSequence == lastSequence) return batch;
        }
        return null;
    }

    /** A batch of data; a new epoch makes the older batches forgotten. */
    void addBatch(short epoch, int lastSequence, long firstOffset, long lastOffset, long timestamp) {
        moveToEpoch(epoch);
        int firstSequence = DefaultRecordBatch.decrementSequence(lastSequence, (int) (lastOffset - firstOffset));
        retain(new Batch(firstSequence, lastSequence, firstOffset, lastOffset, timestamp));
        lastTimestamp = timestamp;
    }

    /** The first record of a transaction is at {@code firstOffset}. */
    void beginTransaction(long firstOffset) {
        currentTxnFirstOffset = OptionalLong.of(firstOffset);
    }

    /** A marker ends the transaction, if there is one. */
    void endTransaction(short epoch, int markerCoordinatorEpoch, long timestamp) {
        moveToEpoch(epoch);
        coordinatorEpoch = markerCoordinatorEpoch;
        lastTimestamp = timestamp;
        currentTxnFirstOffset = OptionalLong.empty();
    }

    /** Takes over what {@code appended}, which began {@link #withoutBatches()} of this one, has become. */
    void update(ProducerStateEntry appended) {
        moveToEpoch(appended.producerEpoch);
        appended.batches.forEach(this::retain);
        coordinatorEpoch = appended.coordinatorEpoch;
        lastTimestamp = appended.lastTimestamp;
        currentTxnFirstOffset = appended.currentTxnFirstOffset;
    }

    private void moveToEpoch(short epoch) {
        if (producerEpoch == epoch) return;
        batches.clear();
        producerEpoch = epoch;
    }

    private void retain(Batch batch) {
        if (batches.size() == BATCHES_TO_RETAIN) batches.removeFirst();
        batches.addLast(batch);
    }

    ActiveProducer toActiveProducer() {
        return new ActiveProducer(
                producerId,
                producerEpoch,
                lastSequence(),
                lastTimestamp,
                coordinatorEpoch,
                currentTxnFirstOffset.orElse(-1));
    }
}
