package dev.heddle.replication;

import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.OffsetCheckpointFile;
import dev.heddle.log.PartitionLog;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code replication-offset-checkpoint} of each log directory. Any thread may call it; one at a time reads or
 * writes the files.
 */
final class HighWatermarkCheckpoints {

    private static final Logger LOG = LoggerFactory.getLogger(HighWatermarkCheckpoints.class);

    /** Guards the map, and the order of writing. */
    private final ReentrantLock lock = new ReentrantLock();

    /** What each directory's file holds, read when the first partition of the directory asks. */
    private final Map<LogDirectory, Map<TopicPartition, Long>> written = new HashMap<>();

    /** The high watermark that was written down last, 0 if none. */
    long highWatermarkOf(PartitionLog log) {
        lock.lock();
        try {
            return written.computeIfAbsent(log.directory(), HighWatermarkCheckpoints::read)
                    .getOrDefault(log.topicPartition(), 0L);
        } finally {
            lock.unlock();
        }
    }

    private static Map<TopicPartition, Long> read(LogDirectory directory) {
        return file(directory).read();
    }

    private static OffsetCheckpointFile file(LogDirectory directory) {
        return new OffsetCheckpointFile(directory, OffsetCheckpointFile.REPLICATION);
    }

    /** Writes the high watermarks of these logs, for each directory where one has changed. */
    void write(Iterable<PartitionLog> logs) {
        lock.lock();
        try {
            Map<LogDirectory, Map<TopicPartition, Long>> current = new HashMap<>();
            written.keySet().forEach(directory -> current.put(directory, new HashMap<>()));
            for (PartitionLog log : logs) {
                current.computeIfAbsent(log.directory(), directory -> new HashMap<>())
                        .put(log.topicPartition(), log.highWatermark());
            }
            current.forEach(this::write);
        } finally {
            lock.unlock();
        }
    }

    private void write(LogDirectory directory, Map<TopicPartition, Long> offsets) {
        if (!directory.online() || offsets.equals(written.get(directory))) return;
        try {
            if (file(directory).write(offsets)) written.put(directory, offsets);
        } catch (DirectoryOfflineException e) {
            LOG.error("Cannot write the high watermarks: directory={}", directory.path(), e);
        }
    }
}
