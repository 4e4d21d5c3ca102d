package dev.heddle.coordinator;

import com.codahale.metrics.Timer;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log of a coordinator's partition from its start to its end. One thread reads one partition; different ones
 * are read at the same time.
 */
final class LogReplay {

    private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

    /** What becomes of each record, those of markers too. */
    @FunctionalInterface
    interface Reader {
        void read(RecordBatch batch, Record record);
    }

    private final String what;
    private final int bufferBytes;
    private final Timer loads;
    private final Time time;

    /**
     * @param what names the content in the log: {@code groups}
     * @param bufferBytes how much is read at once
     * @param loads is told how long it took
     */
    LogReplay(String what, int bufferBytes, Timer loads, Time time) {
        this.what = what;
        this.bufferBytes = bufferBytes;
        this.loads = loads;
        this.time = time;
    }

    /**
     * Reads for as long as the partition is loading.
     *
     * @return false if the log, or a record in it, cannot be read: then nothing of it may be served
     */
    boolean run(LedPartition partition, Reader reader) {
        long start = time.nanoseconds();
        try {
            long records = read(partition, reader);
            long tookNanos = time.nanoseconds() - start;
            loads.update(tookNanos, TimeUnit.NANOSECONDS);
            LOG.info(
                    "A coordinator's partition is loaded: content={}, partition={}, count={}, records={}, ms={}",
                    what,
                    partition.id(),
                    partition.size(),
                    records,
                    TimeUnit.NANOSECONDS.toMillis(tookNanos));
            return true;
        } catch (HeddleException | IOException e) {
            LOG.error("A coordinator's log cannot be read: content={}, partition={}", what, partition.id(), e);
            return false;
        } catch (RuntimeException e) {
            // What the codec throws. A group without its offsets would start anew, and an id without its epoch would
            // let
            // zombies write: better none at all.
            LOG.error("A coordinator's record cannot be read: content={}, partition={}", what, partition.id(), e);
            return false;
        }
    }

    private long read(LedPartition partition, Reader reader) throws IOException {
        CoordinatorLog log = partition.log();
        long records = 0;
        long offset = log.startOffset();
        while (offset < log.endOffset() && partition.life().isLoading()) {
            MemoryRecords read = log.read(offset, bufferBytes);
            long next = offset;
            for (MutableRecordBatch batch : read.batches()) {
                for (Record record : batch) {
                    records++;
                    reader.read(batch, record);
                }
                next = batch.nextOffset();
            }
            if (next == offset) break;
            offset = next;
        }
        return records;
    }
}
