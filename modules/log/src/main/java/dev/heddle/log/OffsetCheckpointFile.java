package dev.heddle.log;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log directory's file of one offset for each partition: recovery points, log start offsets, high watermarks. Any
 * thread may call it.
 */
public final class OffsetCheckpointFile {

    /** Below these offsets everything is on the disk. */
    public static final String RECOVERY_POINT = "recovery-point-offset-checkpoint";
    /** Below these offsets everything is deleted, even if a segment still holds it. */
    public static final String LOG_START_OFFSET = "log-start-offset-checkpoint";
    /** Below these offsets compacted logs are clean. */
    public static final String CLEANER = "cleaner-offset-checkpoint";
    /** The high watermarks. */
    public static final String REPLICATION = "replication-offset-checkpoint";

    private static final Logger LOG = LoggerFactory.getLogger(OffsetCheckpointFile.class);

    private final LogDirectory directory;
    private final String name;

    /** Guards the file: one thread writes it at a time. */
    private final ReentrantLock lock = new ReentrantLock();

    /** @param name one of the constants here */
    public OffsetCheckpointFile(LogDirectory directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /**
     * The offsets, in a map of the caller's own. A missing file has none; neither has a corrupt one, which is logged as
     * an error: every reader knows what to do without a checkpoint.
     *
     * @throws dev.heddle.common.DirectoryOfflineException when the disk fails
     */
    public Map<TopicPartition, Long> read() {
        directory.ensureOnline();
        var offsets = new HashMap<TopicPartition, Long>();
        lock.lock();
        try {
            CheckpointFile.read(directory.files(), directory.path().resolve(name), OffsetCheckpointFile::parse)
                    .forEach(entry -> offsets.put(entry.getKey(), entry.getValue()));
        } catch (CorruptFileException e) {
            LOG.error("Going on without the offsets of a checkpoint: file={} problem={}", e.file(), e.getMessage());
        } catch (IOException e) {
            throw directory.failed("read " + name, e);
        } finally {
            lock.unlock();
        }
        return offsets;
    }

    /**
     * Replaces the offsets, atomically and durably.
     *
     * @return false if the disk is full: the old ones stay
     * @throws dev.heddle.common.DirectoryOfflineException when the disk fails
     */
    public boolean write(Map<TopicPartition, Long> offsets) {
        directory.ensureOnline();
        lock.lock();
        try {
            boolean written = directory.ifRoom("write " + name, () -> replace(offsets));
            if (written) directory.wrote();
            return written;
        } catch (IOException e) {
            throw directory.failed("write " + name, e);
        } finally {
            lock.unlock();
        }
    }

    private void replace(Map<TopicPartition, Long> offsets) throws IOException {
        CheckpointFile.write(
                directory.files(),
                directory.path().resolve(name),
                offsets.entrySet(),
                entry -> entry.getKey().topic() + " " + entry.getKey().partition() + " " + entry.getValue());
    }

    /**
     * Deletes the file, durably.
     *
     * @throws dev.heddle.common.DirectoryOfflineException when the disk fails
     */
    void delete() {
        lock.lock();
        try {
            directory.files().deleteIfExists(directory.path().resolve(name));
            FileIo.syncDirectory(directory.files(), directory.path());
        } catch (IOException e) {
            throw directory.failed("delete " + name, e);
        } finally {
            lock.unlock();
        }
    }

    private static Map.@Nullable Entry<TopicPartition, Long> parse(String[] fields) {
        if (fields.length != 3) return null;
        return Map.entry(new TopicPartition(fields[0], Integer.parseInt(fields[1])), Long.parseLong(fields[2]));
    }
}
