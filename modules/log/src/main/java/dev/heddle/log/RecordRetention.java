package dev.heddle.log;

import java.util.Map;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetention;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter.BatchRetentionResult;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Decides, batch by batch and record by record, what stays in a compacted log. Used by one cleaner thread.
 *
 * <p>For maintainers. A batch comes first, then its records. The codec, which asks, gives a batch a <em>delete
 * horizon</em> (KIP-534) when it first holds a tombstone, or the marker of a transaction that has no batch left: {@code
 * delete.retention.ms} from now. After that time they go, at the next cleaning.
 */
final class RecordRetention extends RecordFilter {

    /**
     * What the decisions in one round have in common. (Six parts: the map and its end, and the times and offsets that
     * bound the round.)
     *
     * @param map the last offset of each key
     * @param mappedTo the map knows the log up to here; what lies beyond stays
     * @param lastRecords what must stay so that producers are not forgotten
     * @param nowMs when the round began
     * @param endOffset where the round would end, had the map room for everything
     */
    record Rules(
            OffsetMap map,
            long mappedTo,
            Map<Long, ProducerStateManager.LastRecord> lastRecords,
            long nowMs,
            long deleteRetentionMs,
            long endOffset) {}

    private final Rules rules;
    private final CleanedTransactions transactions;
    private final boolean keepLegacyTombstones;
    private final CleanerStats stats;
    private boolean discardsRecords;

    /** @param keepLegacyTombstones whether those in the formats before 2, which have no horizon, stay */
    RecordRetention(Rules rules, CleanedTransactions transactions, boolean keepLegacyTombstones, CleanerStats stats) {
        super(rules.nowMs, rules.deleteRetentionMs);
        this.rules = rules;
        this.transactions = transactions;
        this.keepLegacyTombstones = keepLegacyTombstones;
        this.stats = stats;
    }

    @Override
    protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
        batch.ensureValid();
        boolean discardable = transactions.canDiscard(batch);
        // Readers that are in the middle of the transaction must still find its marker.
        discardsRecords = discardable && (!batch.isControlBatch() || horizonHasPassed(batch));
        return new BatchRetentionResult(retention(batch), discardable && batch.isControlBatch());
    }

    private BatchRetention retention(RecordBatch batch) {
        // The last batch of the round tells where it ended, even without records.
        boolean canBeEmpty = batch.magic() >= RecordBatch.MAGIC_VALUE_V2;
        if (canBeEmpty && (isLastOfProducer(batch) || batch.nextOffset() == rules.endOffset)) {
            return BatchRetention.RETAIN_EMPTY;
        }
        return discardsRecords ? BatchRetention.DELETE : BatchRetention.DELETE_EMPTY;
    }

    /** Whether the batch tells an active producer's last sequence; or, where only a marker is left, its epoch. */
    private boolean isLastOfProducer(RecordBatch batch) {
        if (!batch.hasProducerId()) return false;
        var last = rules.lastRecords.get(batch.producerId());
        if (last == null) return false;
        if (last.lastDataOffset() >= 0) return batch.lastOffset() == last.lastDataOffset();
        return batch.isControlBatch() && batch.producerEpoch() == last.producerEpoch();
    }

    private boolean horizonHasPassed(RecordBatch batch) {
        return batch.deleteHorizonMs().isPresent() && batch.deleteHorizonMs().getAsLong() <= rules.nowMs;
    }

    @Override
    protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
        if (discardsRecords) return false;
        if (batch.isControlBatch() || record.offset() >= rules.mappedTo) return true;
        if (!record.hasKey()) {
            stats.invalidRecords++;
            return false;
        }
        return record.offset() >= rules.map.get(record.key()) && (record.hasValue() || keepsTombstones(batch));
    }

    private boolean keepsTombstones(RecordBatch batch) {
        return batch.magic() < RecordBatch.MAGIC_VALUE_V2 ? keepLegacyTombstones : !horizonHasPassed(batch);
    }
}
