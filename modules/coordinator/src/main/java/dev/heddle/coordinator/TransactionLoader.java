package dev.heddle.coordinator;

import dev.heddle.coordinator.TransactionRecords.Decoded;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
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
    private final LogReplay log;

    TransactionLoader(TransactionContext context) {
        this.context = context;
        this.log = new LogReplay(
                "transactions",
                context.config().topic().loadBufferBytes(),
                context.metrics().partitionLoads(),
                context.time());
    }

    /** Loads the partition, and lets it begin to answer. */
    void load(TransactionPartition partition) {
        if (!log.run(partition, (batch, record) -> read(partition, batch, record))) {
            partition.life().failed();
            return;
        }
        if (partition.life().loaded()) partition.ids().forEach(id -> goOn(partition, id));
    }

    private void goOn(TransactionPartition partition, TransactionalId id) {
        if (id.metadata().state().isPrepared()) context.completion().start(partition, id);
    }

    private static void read(TransactionPartition partition, RecordBatch batch, Record record) {
        if (batch.isControlBatch()) return;
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
