package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * What an append will change in the producers' state: checked before anything is written, taken over after. The log's
 * lock guards it.
 */
final class ProducerUpdates {

    /** Markers come without one so far: they are checked as those of the first protocol version. */
    private static final short TRANSACTION_VERSION = 0;

    private final ProducerStateManager producers;
    private final AppendOrigin origin;
    private final Map<Long, ProducerAppend> appends = new HashMap<>(4);
    private final List<CompletedTxn> completed = new ArrayList<>(0);

    ProducerUpdates(ProducerStateManager producers, AppendOrigin origin) {
        this.producers = producers;
        this.origin = origin;
    }

    /**
     * Checks a batch's epoch and sequence.
     *
     * @return the same batch, if an idempotent producer sent it before: nothing must be appended then
     */
    ProducerStateEntry.@Nullable Batch add(RecordBatch batch) {
        if (!batch.hasProducerId()) return null;
        if (origin == AppendOrigin.CLIENT) {
            ProducerStateEntry entry = producers.lastEntry(batch.producerId());
            var duplicate = entry == null
                    ? null
                    : entry.findDuplicate(batch.producerEpoch(), batch.baseSequence(), batch.lastSequence());
            if (duplicate != null) return duplicate;
        }
        var append = appends.computeIfAbsent(batch.producerId(), id -> producers.prepareUpdate(id, origin));
        short version = origin == AppendOrigin.REPLICATION ? ProducerAppend.TV_UNKNOWN : TRANSACTION_VERSION;
        CompletedTxn transaction = append.append(batch, version);
        if (transaction != null) completed.add(transaction);
        return null;
    }

    /** The batches have been written: takes everything over. */
    void apply(TransactionIndex index) throws IOException {
        appends.values().forEach(producers::update);
        for (CompletedTxn transaction : completed) {
            long lastStableOffset = producers.lastStableOffset(transaction);
            if (transaction.aborted()) {
                index.append(new AbortedTxn(
                        transaction.producerId(),
                        transaction.firstOffset(),
                        transaction.lastOffset(),
                        lastStableOffset));
            }
            producers.completeTxn(transaction);
        }
    }
}
