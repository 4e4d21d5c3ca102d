package dev.heddle.coordinator;

import dev.heddle.coordinator.ShareRecords.Decoded;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the states of a partition of {@code __share_group_state} back from its log. One thread loads one partition;
 * different ones are loaded at the same time. Nobody else touches the states before all are there.
 */
final class ShareStateLoader {

    private static final Logger LOG = LoggerFactory.getLogger(ShareStateLoader.class);

    private final LogReplay log;

    ShareStateLoader(ShareCoordinator.Context context) {
        this.log = new LogReplay(
                "share-states",
                context.config().loadBufferBytes(),
                context.metrics().partitionLoads(),
                context.time());
    }

    /** Loads the partition, and lets it begin to answer. */
    void load(ShareStatePartition partition) {
        if (log.run(partition, (batch, record) -> read(partition, batch, record)))
            partition.life().loaded();
        else partition.life().failed();
    }

    private static void read(ShareStatePartition partition, RecordBatch batch, Record record) {
        ByteBuffer key = record.key();
        if (batch.isControlBatch() || key == null) return;
        Decoded decoded = ShareRecords.decode(key, record.value());
        if (decoded instanceof Decoded.Foreign foreign) {
            LOG.warn(
                    "A record of another version is left alone: partition={} offset={} reason={}",
                    partition.id(),
                    record.offset(),
                    foreign.reason());
        }
        partition.load(decoded, record.offset());
    }
}
