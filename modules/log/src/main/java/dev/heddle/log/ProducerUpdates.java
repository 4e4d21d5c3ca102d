package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * What an append will change in the producers' state: checked before anything is written, taken over after. The log's
 * lock guards it.
 */
final class ProducerUpdates {

    private final ProducerStateManager producers;
    private final TopicPartition partition;
    private final AppendTerms terms;
    private final Map<Long, ProducerAppend> appends = new HashMap<>(4);
    private final List<CompletedTxn> completed = new ArrayList<>(0);
    private final List<RecordBatch> transactional = new ArrayList<>(0);

    ProducerUpdates(TopicPartition partition, ProducerStateManager producers, AppendTerms terms) {
        this.partition = partition;
        this.producers = producers;
        this.terms = terms;
    }

    /**
     * Checks a batch's epoch and sequence.
     *
     * @return the same batch, if an idempotent producer sent it before: nothing must be appended then
     */
    ProducerStateEntry.@Nullable Batch add(RecordBatch batch) {
        if (!batch.hasProducerId()) return null;
        AppendOrigin origin = terms.origin();
        ProducerStateEntry entry = producers.lastEntry(batch.producerId());
        if (origin == AppendOrigin.CLIENT) {
            var duplicate = entry == null
                    ? null
                    : entry.findDuplicate(batch.producerEpoch(), batch.baseSequence(), batch.lastSequence());
            if (duplicate != null) return duplicate;
        }
        boolean isData = batch.isTransactional() && !batch.isControlBatch();
        if (isData && (origin == AppendOrigin.CLIENT || origin == AppendOrigin.COORDINATOR)) {
            producers.verifications().check(partition, entry, batch, terms.guard());
        }
        var append = appends.computeIfAbsent(batch.producerId(), id -> producers.prepareUpdate(id, origin));
        short version = origin == AppendOrigin.REPLICATION ? ProducerAppend.TV_UNKNOWN : terms.transactionVersion();
        CompletedTxn transaction = append.append(batch, version);
        if (transaction != null) completed.add(transaction);
        if (batch.isTransactional()) transactional.add(batch);
        return null;
    }

    /** The batches have been written: takes everything over. */
    void apply(TransactionIndex index) throws IOException {
        appends.values().forEach(producers::update);
        transactional.forEach(producers.verifications()::appended);
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
