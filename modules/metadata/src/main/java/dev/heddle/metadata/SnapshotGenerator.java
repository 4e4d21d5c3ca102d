package dev.heddle.metadata;

import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.log.NoRoomException;
import dev.heddle.metadata.ControllerConfig.MetadataLogConfig;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sums the metadata log up in snapshots, by bytes and by time, and cuts off what they make superfluous. The controller
 * tells it of each write, under its lock; snapshots are made and old ones deleted in the background, one at a time.
 */
final class SnapshotGenerator {

    /** How often time alone may cause work. */
    static final long CHECK_INTERVAL_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotGenerator.class);

    private final MetadataLogConfig config;
    private final SnapshotFiles files;
    private final MetadataLog log;
    private final Time time;
    private final Scheduler scheduler;
    private final ControllerMetrics metrics;
    private final Map<SnapshotId, Long> timestamps = new ConcurrentHashMap<>();

    /** Held while a snapshot is made or old ones are deleted; guards {@code closed}. */
    private final ReentrantLock working = new ReentrantLock();

    /** Set from when a snapshot is due until it is made. */
    private final AtomicBoolean pending = new AtomicBoolean();

    /** Publishes that there was no room for the last one: it is tried again when time has passed. */
    private volatile boolean givenUp;

    private boolean closed;

    private long newBytes;
    private long lastSnapshotMs;

    SnapshotGenerator(
            MetadataLogConfig config,
            SnapshotFiles files,
            MetadataLog log,
            Time time,
            Scheduler scheduler,
            ControllerMetrics metrics) {
        this.config = config;
        this.files = files;
        this.log = log;
        this.time = time;
        this.scheduler = scheduler;
        this.metrics = metrics;
    }

    /** The log was replayed: {@code bytes} of it are in no snapshot. */
    void recovered(long bytes) {
        newBytes = bytes;
        lastSnapshotMs = time.milliseconds();
    }

    /** A batch was written, or time has passed; makes a snapshot of the image if it is due. */
    void written(MetadataImage image, int bytes) {
        newBytes += bytes;
        boolean again = givenUp && bytes == 0;
        if (!again && (newBytes == 0 || !due()) || !pending.compareAndSet(false, true)) return;
        newBytes = 0;
        lastSnapshotMs = time.milliseconds();
        QuorumVoters voters = log.voters();
        scheduler.once("metadata-snapshot", 0, () -> snapshot(image, voters));
    }

    private boolean due() {
        boolean byTime = config.snapshotMaxIntervalMs() > 0
                && time.milliseconds() - lastSnapshotMs >= config.snapshotMaxIntervalMs();
        return byTime || newBytes >= config.snapshotMaxNewRecordBytes();
    }

    private void snapshot(MetadataImage image, QuorumVoters voters) {
        try {
            work("write", () -> write(image, voters));
        } finally {
            pending.set(false);
        }
    }

    private void write(MetadataImage image, QuorumVoters voters) {
        givenUp = true;
        int bytes = files.write(image, voters, time.milliseconds());
        givenUp = false;
        timestamps.put(new SnapshotId(image.offset() + 1, image.epoch()), image.timestampMs());
        metrics.snapshotWritten(bytes, time.milliseconds());
        LOG.info("Wrote a snapshot of the metadata: offset={} epoch={} bytes={}", image.offset(), image.epoch(), bytes);
        deleteOld();
    }

    /** Deletes what is too old or too much. Any thread may call it. */
    void clean() {
        work("delete", this::deleteOld);
    }

    private void work(String what, Runnable work) {
        working.lock();
        try {
            if (!closed) work.run();
        } catch (NoRoomException e) {
            LOG.warn("No room to {} a snapshot of the metadata, which is tried again: {}", what, e.getMessage());
        } catch (DirectoryOfflineException e) {
            LOG.error("Cannot {} a snapshot of the metadata", what, e);
        } finally {
            working.unlock();
        }
    }

    /** Waits for what is under way; nothing touches the log or its directory afterwards. */
    void close() {
        working.lock();
        closed = true;
        working.unlock();
    }

    /** The newest snapshot always stays, and so does the log from the oldest one on. */
    private void deleteOld() {
        NavigableSet<SnapshotId> ids = files.list();
        long total = log.log().sizeInBytes();
        for (SnapshotId id : ids) total += files.size(id);
        while (ids.size() > 1) {
            SnapshotId oldest = ids.first();
            boolean tooMuch = config.maxRetentionBytes() >= 0 && total > config.maxRetentionBytes();
            boolean tooOld =
                    config.maxRetentionMs() >= 0 && time.milliseconds() - timestampMs(oldest) > config.maxRetentionMs();
            if (!tooMuch && !tooOld) return;
            total -= files.size(oldest) + log.log().sizeInBytes();
            ids.pollFirst();
            log.log().deleteBefore(ids.first().offset());
            files.delete(oldest);
            timestamps.remove(oldest);
            total += log.log().sizeInBytes();
        }
    }

    private long timestampMs(SnapshotId id) {
        return timestamps.computeIfAbsent(
                id, key -> files.load(key).map(s -> s.image().timestampMs()).orElse(0L));
    }
}
