package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import dev.heddle.log.AppendTerms;
import dev.heddle.log.FetchIsolation;
import dev.heddle.replication.Partition;
import java.io.IOException;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** A coordinator's partition in the broker's own log. Any thread may call it. */
final class PartitionCoordinatorLog implements CoordinatorLog {

    private static final short ALL_IN_SYNC_REPLICAS = -1;

    private final Partition partition;

    PartitionCoordinatorLog(Partition partition) {
        this.partition = partition;
    }

    @Override
    public long append(MemoryRecords batch, AppendTerms terms) {
        return partition.append(batch, terms, ALL_IN_SYNC_REPLICAS).firstOffset();
    }

    @Override
    public boolean awaitCommitted(long endOffset, Waiter waiter, long deadlineNanos) {
        return partition.awaitCommitted(endOffset, waiter, deadlineNanos);
    }

    @Override
    public MemoryRecords read(long offset, int maxBytes) throws IOException {
        return partition
                .read(offset, maxBytes, FetchIsolation.LOG_END, true, Partition.UNKNOWN_EPOCH)
                .records()
                .records();
    }

    @Override
    public int leaderEpoch() {
        return partition.leaderEpoch();
    }

    @Override
    public long startOffset() {
        return partition.log().logStartOffset();
    }

    @Override
    public long endOffset() {
        return partition.log().logEndOffset();
    }

    @Override
    public void deleteBefore(long offset) {
        partition.log().deleteRecordsBefore(offset);
    }

    @Override
    public int maxBatchBytes() {
        return partition.log().config().maxMessageBytes();
    }
}
