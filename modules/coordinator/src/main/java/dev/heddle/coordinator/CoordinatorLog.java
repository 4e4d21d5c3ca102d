package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendTerms;
import java.io.IOException;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * A partition of a coordinator's topic as the coordinator sees it, while this broker leads it. Any thread may call it.
 * What cannot be done because the broker does not lead it any more, or its disk has failed, is thrown as a
 * {@link dev.heddle.common.HeddleException}.
 */
interface CoordinatorLog {

    /** Opens the logs of those partitions that this broker leads. */
    @FunctionalInterface
    interface Opener {
        /** @throws dev.heddle.common.AnswerException if this broker does not lead the partition */
        CoordinatorLog open(int partition);
    }

    /**
     * Appends one batch.
     *
     * @return the offset of its first record
     */
    default long append(MemoryRecords batch) {
        return append(batch, AppendTerms.of(AppendOrigin.COORDINATOR));
    }

    /** As {@link #append(MemoryRecords)}, of records or a marker of a transaction. */
    long append(MemoryRecords batch, AppendTerms terms);

    /**
     * Waits until everything below {@code endOffset} is committed.
     *
     * @return false if the deadline passed or the waiter was cancelled
     */
    boolean awaitCommitted(long endOffset, Waiter waiter, long deadlineNanos);

    /** Reads whole batches from {@code offset} on, committed or not; at least one if there is one. */
    MemoryRecords read(long offset, int maxBytes) throws IOException;

    /** In which epoch this broker leads the partition. */
    int leaderEpoch();

    long startOffset();

    long endOffset();

    /** Deletes what is below {@code offset}, which must be committed. */
    void deleteBefore(long offset);

    /** The largest batch that it takes. */
    int maxBatchBytes();
}
