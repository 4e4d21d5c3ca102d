package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one cleaner thread does: it looks for the dirtiest log, cleans it, and waits a while when there is none. {@link
 * #stop()} and the figures may be called by any thread, the rest by the cleaner thread alone.
 */
final class CleanerWorker implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(CleanerWorker.class);

    /**
     * What all cleaner threads share.
     *
     * @param logs those there are at the moment
     * @param progressed told that logs of a directory are cleaner now; writes that down
     * @param looked told of each look, with the dirtiest log's ratio
     */
    record Shared(
            LogCleanerConfig config,
            Supplier<Collection<PartitionLog>> logs,
            Consumer<LogDirectory> progressed,
            IoThrottle throttle,
            Consumer<Double> looked,
            Time time) {}

    private record Candidate(PartitionLog log, CleanableLog range) {

        CleaningState cleaning() {
            return log.state().cleaning();
        }
    }

    private final Shared shared;
    private final Waiter waiter;

    /** Publishes what the last cleaning took. */
    private volatile CleanerStats lastStats;

    /** Publishes by how much the most overdue log was overdue at the last look that found something to do. */
    private volatile long maxCompactionDelayMs;

    /** Publishes that the thread has ended though nobody wanted it to. */
    private volatile boolean dead;

    CleanerWorker(Shared shared) {
        this.shared = shared;
        this.waiter = new Waiter(shared.time);
        this.lastStats = new CleanerStats(shared.time);
    }

    @Override
    public void run() {
        boolean inOrder = false;
        try {
            while (!waiter.isCancelled()) {
                if (!cleanOnce()) waiter.await(shared.time.deadlineAfterMs(shared.config.backoffMs()));
            }
            inOrder = true;
        } finally {
            dead = !inOrder;
        }
    }

    /** Lets it end soon: what is being cleaned is left where it is. */
    void stop() {
        waiter.cancel();
    }

    /** Cleans the dirtiest log that is due; false if there is none. */
    boolean cleanOnce() {
        boolean cleaned = false;
        for (Candidate next : due()) {
            if (!next.cleaning().tryBegin(waiter)) continue;
            try {
                cleaned = clean(next.log);
            } finally {
                next.cleaning().end();
            }
            break;
        }
        deleteOldSegments();
        return cleaned;
    }

    /** The logs that are due, the dirtiest first. */
    private List<Candidate> due() {
        List<Candidate> due = new ArrayList<>();
        double dirtiest = 0;
        long overdueMs = 0;
        for (PartitionLog each : shared.logs.get()) {
            LogState log = each.state();
            if (!mayBeCleaned(log) || !log.cleaning().isIdle()) continue;
            CleanableLog range = look(log);
            if (range == null) continue;
            dirtiest = Math.max(dirtiest, range.dirtyRatio());
            overdueMs = Math.max(overdueMs, range.overdueMs());
            if (range.isDue(log.config().minCleanableDirtyRatio())) due.add(new Candidate(each, range));
        }
        shared.looked.accept(dirtiest);
        if (!due.isEmpty()) maxCompactionDelayMs = overdueMs;
        due.sort(Comparator.comparingDouble((Candidate candidate) -> candidate.range.dirtyRatio())
                .reversed());
        return due;
    }

    private static boolean isCompacted(LogState log) {
        return log.config().compact() && !log.cleaning().isUncleanable();
    }

    private static boolean mayBeCleaned(LogState log) {
        return isCompacted(log)
                && !log.cleaning().isPostponed()
                && !log.cleaning().isCompactionHeld();
    }

    private @Nullable CleanableLog look(LogState log) {
        try {
            return log.io("look for what to clean in", () -> CleanableLog.of(log, shared.time.milliseconds()));
        } catch (DirectoryOfflineException e) {
            LOG.debug("Skipped: partition={} reason={}", log.partition(), e.getMessage());
        } catch (AnswerException e) {
            // A segment that was deleted meanwhile is no reason to give up.
            if (e.error() == Errors.CORRUPT_MESSAGE) giveUp(log, e);
        }
        return null;
    }

    private boolean clean(PartitionLog partition) {
        LogState log = partition.state();
        if (!mayBeCleaned(log)) return false;
        CleanableLog range = look(log);
        // It may have changed until we had it for ourselves.
        if (range == null || !range.isDue(log.config().minCleanableDirtyRatio())) return false;
        try {
            awaitDurable(partition, range);
            clean(log, range);
            return true;
        } catch (CleaningAbortedException e) {
            LOG.info("Cleaning was aborted: partition={}", log.partition());
            return true;
        } catch (DirectoryOfflineException e) {
            LOG.debug("Cleaning ended with its directory: partition={}", log.partition(), e);
        } catch (AnswerException e) {
            LOG.debug("Cleaning ended with its log: partition={}", log.partition(), e);
        } catch (CorruptFileException | RuntimeException e) {
            giveUp(log, e);
        } catch (ClosedChannelException e) {
            if (!log.isClosed() && log.directory().online()) giveUp(log, e);
        } catch (IOException e) {
            return !log.isClosed()
                    && log.directory().refuse("clean " + log.partition(), e) instanceof NoRoomException
                    && postpone(log);
        }
        return false;
    }

    /** A record must not go because of one that a power cut would take. */
    private void awaitDurable(PartitionLog log, CleanableLog range) throws CleaningAbortedException {
        long never = shared.time.deadlineAfterMs(Long.MAX_VALUE);
        if (!log.awaitDurable(range.firstUncleanableOffset(), waiter, never)) throw new CleaningAbortedException();
    }

    /** What was written for it is deleted; the log is as it was, or cleaned in part. */
    private boolean postpone(LogState log) {
        long restMs = log.cleaning().postpone(shared.config.backoffMs());
        LOG.info("No room for cleaning, which is tried again later: partition={} restMs={}", log.partition(), restMs);
        return true;
    }

    private void clean(LogState log, CleanableLog range) throws IOException {
        var pace = new CleaningPace(log, waiter, shared.throttle);
        var replacer = new SegmentReplacer(log, new SegmentRemover(log));
        var round = new CleaningRound(log, range, shared.config, pace, replacer);
        long cleanedTo = round.run();
        log.cleaning().cleanedTo(cleanedTo);
        lastStats = round.stats();
        shared.progressed.accept(log.directory());
        LOG.info("Cleaned: partition={} to={} {}", log.partition(), cleanedTo, round.stats());
    }

    /** What is wrong with the log is not going to get better by trying again. */
    private static void giveUp(LogState log, Exception cause) {
        LOG.error("A log cannot be cleaned and is left alone from now on: partition={}", log.partition(), cause);
        log.cleaning().markUncleanable();
    }

    /** Retention of compacted logs follows their cleaning, as in Kafka, and not only its own interval. */
    private void deleteOldSegments() {
        for (PartitionLog log : shared.logs.get()) {
            if (waiter.isCancelled() || !isCompacted(log.state())) continue;
            try {
                log.deleteOldSegments();
            } catch (DirectoryOfflineException | AnswerException e) {
                LOG.debug("Skipped: partition={} reason={}", log.topicPartition(), e.getMessage());
            }
        }
    }

    CleanerStats lastStats() {
        return lastStats;
    }

    long maxCompactionDelayMs() {
        return maxCompactionDelayMs;
    }

    boolean isDead() {
        return dead;
    }
}
