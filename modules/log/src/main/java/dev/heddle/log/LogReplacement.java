package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition's future log takes the place of its current one. One thread uses it: it opens it, keeps everyone else from
 * appending, copies what is still missing, calls {@link #replace()}, lets the others go on, and closes it.
 *
 * <p>For maintainers. Nothing that was acknowledged may be lost, whatever fails at whatever moment, and it must be clear
 * afterwards which log counts:
 * <ol>
 *   <li>what there is is synced; the future log notes whose place it takes ({@link ReplacedLogs}); its directory's
 *       checkpoints name it;
 *   <li>(from here on nobody appends) the rest, and what is known beyond the records: producers, leader epochs, high
 *       watermark, log start offset; all of that is synced: both logs say the same;
 *   <li>the future log is renamed, that is durable: from here on it counts;
 *   <li>the current log is renamed, that is durable. (From here on others append.) The note is deleted.
 * </ol>
 * Between 3 and 4 there are two logs of one name, and the note says which counts. If 3 fails the future log's directory is
 * offline and nobody knows under which name the log is there; then the current log goes on, and notes so first. If 4
 * fails the current log's directory is offline, and the partition lives on in the other one.
 */
public final class LogReplacement implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogReplacement.class);

    private final LogTable table;
    private final DirectoryCheckpoints checkpoints;
    private final LogDeletion deletion;
    private final PartitionLog current;
    private final PartitionLog future;

    /** What the future log notes of the current one; higher wins. */
    private long number;

    private boolean replaced;

    /** Whether the current log is gone from its directory, durably. */
    private boolean retired;

    LogReplacement(
            LogTable table,
            DirectoryCheckpoints checkpoints,
            LogDeletion deletion,
            PartitionLog current,
            PartitionLog future) {
        this.table = table;
        this.checkpoints = checkpoints;
        this.deletion = deletion;
        this.current = current;
        this.future = future;
    }

    /** Does what can be done while others still append, and keeps retention away. */
    void prepare() {
        current.state().cleaning().pause();
        try {
            syncFuture();
            note();
            checkpoints.of(future.directory()).writeForNewLog(table.in(future.directory()));
        } catch (RuntimeException e) {
            current.state().cleaning().resume();
            throw e;
        }
    }

    private void syncFuture() {
        future.state().ensureOpen();
        future.flusher().directoryChanged(); // even if nothing was appended since
        if (future.flusher().flushAll(future.logEndOffset())) return;
        throw new NoRoomException("Log directory " + future.directory() + " is full: could not flush " + future);
    }

    private void note() {
        Map<Uuid, Long> replacedLogs = new HashMap<>(ReplacedLogs.of(current));
        Long before = replacedLogs.remove(future.directory().id());
        number = before == null ? 1 : before + 1;
        replacedLogs.put(current.directory().id(), number);
        ReplacedLogs.write(future, replacedLogs);
    }

    /**
     * Replaces the current log by the future one, which has all its records.
     *
     * @return what is the partition's log now
     * @throws DirectoryOfflineException if a disk has failed: the current log is still the partition's log
     */
    public PartitionLog replace() {
        long startBefore = future.logStartOffset();
        takeOver();
        syncFuture();
        if (future.logStartOffset() > startBefore) checkpoints.writeStartOffsets(future.directory());
        try {
            future.becomeCurrent();
        } catch (DirectoryOfflineException e) {
            prevail();
            throw e;
        }
        replaced = true;
        retire();
        table.promote(future);
        future.start();
        LOG.info("Replaced a log: log={} from={} to={}", future, current.directory(), future.directory());
        return future;
    }

    /** Whatever the future log is called on its disk, the current one counts. */
    private void prevail() {
        Map<Uuid, Long> replacedLogs = new HashMap<>(ReplacedLogs.of(current));
        replacedLogs.put(future.directory().id(), number + 1);
        try {
            ReplacedLogs.write(current, replacedLogs);
        } catch (NoRoomException e) {
            // Two disks at once: to go on could lose what is acknowledged from now on.
            throw current.directory().failed("note that it counts: " + current, new IOException(e.getMessage(), e));
        }
    }

    private void retire() {
        try {
            current.renameForDeletion();
            retired = true;
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.warn("A log that was replaced stays behind: partition={}", current.topicPartition(), e);
        }
    }

    /** What is known beyond the records. */
    private void takeOver() {
        LogState from = current.state();
        LogState to = future.state();
        from.lock().lock();
        try {
            to.lock().lock();
            try {
                takeOver(from, to);
            } finally {
                to.lock().unlock();
            }
        } finally {
            from.lock().unlock();
        }
    }

    private void takeOver(LogState from, LogState to) {
        from.ensureOpen();
        to.ensureOpen();
        if (from.end().offset() != to.end().offset()) {
            throw new IllegalStateException(future + " has not caught up with " + current);
        }
        to.epochs().takeOver(from.epochs());
        boolean more = to.producers().takeOver(from.producers());
        // Only a snapshot at the beginning of a segment survives a crash.
        if (more) to.io("roll", () -> rollWithSnapshot(to));
        long highWatermark = from.highWatermark().offset();
        boolean atEnd = highWatermark == to.end().offset();
        to.publishHighWatermark(atEnd ? to.end() : LogPosition.offsetOnly(highWatermark));
        if (from.logStartOffset() > to.logStartOffset()) to.publishLogStartOffset(from.logStartOffset());
        to.refreshFirstUnstableOffset();
        to.publishCommitsOnAppend(from.commitsOnAppend());
    }

    private LogSegment rollWithSnapshot(LogState to) throws IOException {
        LogSegment segment = new LogRoller(to, future.flusher()).roll(to.end().offset());
        // A roll alone would go on without one where there is no room, but here it is what counts.
        if (to.producers().snapshots().file(segment.baseOffset()) == null)
            to.producers().takeSnapshot(false);
        return segment;
    }

    /** What needs not be waited for: the current log's directory forgets it; its files go later. */
    @Override
    public void close() {
        if (!replaced) {
            if (!current.state().isClosed()) current.state().cleaning().resume();
            return;
        }
        if (!retired) {
            current.abandon();
            return;
        }
        deletion.later(current);
        checkpoints.of(current.directory()).write(table.in(current.directory()));
        Map<Uuid, Long> left = ReplacedLogs.of(future);
        left.remove(current.directory().id());
        ReplacedLogs.write(future, left);
    }
}
