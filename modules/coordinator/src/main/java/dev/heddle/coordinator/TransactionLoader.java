package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.TransactionRecords.Decoded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the transactional ids of a partition of {@code __transaction_state} back from its log, and goes on with the
 * transactions whose end was decided. One thread loads one partition; different ones are loaded at the same time. Nobody
 * else touches the ids before all are there.
 */
final class TransactionLoader {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionLoader.class);

    private final TransactionContext context;

    TransactionLoader(TransactionContext context) {
        this.context = context;
    }

    /** Loads the partition, and lets it begin to answer. */
    void load(TransactionPartition partition) {
        long start = context.time().nanoseconds();
        try {
            long records = replay(partition);
            long tookNanos = context.time().nanoseconds() - start;
            context.metrics().partitionLoads().update(tookNanos, TimeUnit.NANOSECONDS);
            LOG.info(
                    "Transactions are loaded: partition={}, transactionalIds={}, records={}, ms={}",
                    partition.id(),
                    partition.ids().size(),
                    records,
                    TimeUnit.NANOSECONDS.toMillis(tookNanos));
        } catch (HeddleException | IOException e) {
            LOG.error("Transactions cannot be loaded: partition={}", partition.id(), e);
            partition.life().failed();
            return;
        } catch (RuntimeException e) {
            // What the codec throws at a record that it cannot read. An id without its epoch would let zombies write:
            // better none at all.
            LOG.error("Transactions cannot be loaded, for a record cannot be read: partition={}", partition.id(), e);
            partition.life().failed();
            return;
        }
        if (partition.life().loaded()) partition.ids().forEach(id -> goOn(partition, id));
    }

    private void goOn(TransactionPartition partition, TransactionalId id) {
        if (id.metadata().state().isPrepared()) context.completion().start(partition, id);
    }

    private long replay(TransactionPartition partition) throws IOException {
        CoordinatorLog log = partition.log();
        long records = 0;
        long offset = log.startOffset();
        while (offset < log.endOffset() && partition.life().isLoading()) {
            MemoryRecords read = log.read(offset, context.config().topic().loadBufferBytes());
            long next = offset;
            for (MutableRecordBatch batch : read.batches()) {
                next = batch.nextOffset();
                if (batch.isControlBatch()) continue;
                for (Record record : batch) {
                    records++;
                    replay(partition, record);
                }
            }
            if (next == offset) break;
            offset = next;
        }
        return records;
    }

    private static void replay(TransactionPartition partition, Record record) {
        ByteBuffer key = record.key();
        if (key == null) return;
        switch (TransactionRecords.decode(key, record.value())) {
            case Decoded.Transaction transaction ->
                partition.load(transaction.transactionalId(), transaction.metadata(), record.offset() + 1);
            case Decoded.Foreign foreign ->
                LOG.warn(
                        "A record of another version is left alone: partition={} offset={} reason={}",
                        partition.id(),
                        record.offset(),
                        foreign.reason());
        }
    }
}
