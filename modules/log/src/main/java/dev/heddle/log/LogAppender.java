package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.io.IOException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Appends. Any thread may call it; validation runs before the log's lock is taken, so that only offsets, producer state
 * and the write itself happen one after the other.
 */
final class LogAppender {

    private final LogState state;
    private final LogRoller roller;
    private final LogFlusher flusher;
    private final RecordValidator validator;
    private final ValidationMetrics metrics;

    LogAppender(LogState state, LogRoller roller, LogFlusher flusher, ValidationMetrics metrics) {
        this.state = state;
        this.roller = roller;
        this.flusher = flusher;
        this.metrics = metrics;
        LogRuntime runtime = state.runtime();
        this.validator =
                new RecordValidator(state.partition(), metrics, runtime.decompressionBuffers(), runtime.cpuPool());
    }

    AppendResult asLeader(MemoryRecords records, int leaderEpoch, AppendTerms terms) {
        AppendOrigin origin = terms.origin();
        if (origin == AppendOrigin.RAFT_LEADER) return assigned(records, leaderEpoch, origin);
        state.ensureOpen();
        long now = state.runtime().time().milliseconds();
        ValidatedRecords validated = validator.validate(records, state.rules(), origin, now);
        if (validated == null) return AppendResult.nothing(state.logStartOffset());
        checkFitsSegment(validated.records());
        AppendResult result = locked(() -> stampAndAppend(validated, leaderEpoch, terms));
        flushIfDue();
        return result;
    }

    @Nullable VerificationGuard startVerification(TransactionStart transaction) {
        state.directory().ensureResponsive();
        state.lock().lockWhileResponsive();
        try {
            state.ensureOpen();
            ProducerStateManager producers = state.producers();
            return producers
                    .verifications()
                    .start(
                            state.partition(),
                            producers.lastEntry(transaction.producerId()),
                            transaction,
                            state.runtime().time().milliseconds());
        } finally {
            state.lock().unlock();
        }
    }

    private AppendResult stampAndAppend(ValidatedRecords validated, int leaderEpoch, AppendTerms terms)
            throws IOException {
        long first = state.end().offset();
        long last = first + validated.recordCount() - 1;
        long now = state.runtime().time().milliseconds();
        long appendTime = validated.stamp(first, leaderEpoch, now);
        long maxTimestamp = appendTime >= 0 ? appendTime : validated.maxTimestampMs();

        var updates = new ProducerUpdates(state.partition(), state.producers(), terms);
        var duplicate = updates.add(validated.batch());
        if (duplicate != null) return duplicateOf(duplicate);

        MemoryRecords records = validated.records();
        write(records, first, last, maxTimestamp, updates, () -> assignEpoch(leaderEpoch, first));
        return new AppendResult(
                first,
                last,
                appendTime,
                state.logStartOffset(),
                maxTimestamp,
                records.sizeInBytes(),
                validated.recordCount(),
                false);
    }

    private AppendResult duplicateOf(ProducerStateEntry.Batch batch) {
        return new AppendResult(
                batch.firstOffset(),
                batch.lastOffset(),
                batch.timestamp(),
                state.logStartOffset(),
                batch.timestamp(),
                0,
                0,
                true);
    }

    /** Appends batches that have their offsets. */
    AppendResult assigned(MemoryRecords records, int leaderEpoch, AppendOrigin origin) {
        state.ensureOpen();
        AssignedRecords checked = AssignedRecords.check(records, origin, leaderEpoch, state.partition(), metrics);
        if (checked.isEmpty()) return AppendResult.nothing(state.logStartOffset());
        checkFitsSegment(checked.records());
        AppendResult result = locked(() -> appendAssigned(checked, origin));
        flushIfDue();
        return result;
    }

    private AppendResult appendAssigned(AssignedRecords checked, AppendOrigin origin) throws IOException {
        long end = state.end().offset();
        if (checked.firstOffset() < end) {
            throw new UnexpectedAppendOffsetException(
                    "Unexpected offset in append to " + state.partition() + ": " + checked.firstOffset()
                            + " is less than the next offset " + end,
                    checked.firstOffset(),
                    checked.lastOffset());
        }
        var updates = new ProducerUpdates(state.partition(), state.producers(), AppendTerms.of(origin));
        MemoryRecords records = checked.records();
        for (RecordBatch batch : records.batches()) updates.add(batch);
        write(
                records,
                checked.firstOffset(),
                checked.lastOffset(),
                checked.maxTimestampMs(),
                updates,
                () -> noteEpochs(records));
        return new AppendResult(
                checked.firstOffset(),
                checked.lastOffset(),
                RecordBatch.NO_TIMESTAMP,
                state.logStartOffset(),
                checked.maxTimestampMs(),
                checked.records().sizeInBytes(),
                checked.recordCount(),
                false);
    }

    private void noteEpochs(MemoryRecords records) {
        for (RecordBatch batch : records.batches()) {
            if (batch.magic() >= RecordBatch.MAGIC_VALUE_V2) {
                assignEpoch(batch.partitionLeaderEpoch(), batch.baseOffset());
            } else {
                state.epochs().clear();
            }
        }
    }

    private void assignEpoch(int epoch, long startOffset) {
        if (epoch == RecordBatch.NO_PARTITION_LEADER_EPOCH) return;
        var latest = state.epochs().latestEpoch();
        if (latest.isEmpty() || latest.getAsInt() != epoch) state.epochs().assign(epoch, startOffset);
    }

    /** Until the batches are written whole nothing has changed that anybody could see. */
    private void write(
            MemoryRecords records,
            long first,
            long last,
            long maxTimestamp,
            ProducerUpdates updates,
            Runnable updateEpochs)
            throws IOException {
        LogSegment segment = roller.segmentFor(records.sizeInBytes(), first, last, maxTimestamp);
        int position = segment.sizeInBytes();
        segment.append(records);
        state.hotTail()
                .appended(segment.baseOffset(), position, state.runtime().time().milliseconds());
        updateEpochs.run();
        // What follows may fail; the offsets are taken in any case.
        state.publishLastBatch(
                new LogState.LastBatch(first, segment, new BatchPosition(position, records.firstBatchSize())));
        state.publishEnd(last + 1);
        updates.apply(segment.indexes().transactions());
        state.producers().updateMapEndOffset(last + 1);
        if (state.commitsOnAppend()) state.publishHighWatermark(state.end());
        else state.refreshFirstUnstableOffset();
    }

    private void checkFitsSegment(MemoryRecords records) {
        int limit = state.config().segmentBytes();
        if (records.sizeInBytes() <= limit) return;
        throw new AnswerException(
                Errors.RECORD_LIST_TOO_LARGE,
                "Message batch size is " + records.sizeInBytes() + " bytes in append to partition " + state.partition()
                        + ", which exceeds the maximum configured segment size of " + limit + ".");
    }

    private AppendResult locked(LogState.IoCall<AppendResult> append) {
        state.directory().ensureResponsive();
        state.lock().lockWhileResponsive();
        try {
            state.ensureOpen();
            AppendResult result = state.io("append to", append);
            state.directory().wrote();
            return result;
        } finally {
            state.lock().unlock();
        }
    }

    private void flushIfDue() {
        long end = state.end().offset();
        if (end - flusher.recoveryPoint() >= state.config().flushMessages()) flusher.flush(end);
    }
}
