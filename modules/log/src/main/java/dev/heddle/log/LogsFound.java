package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.StopBrokerException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the loading threads report, and what follows from it when everything is loaded. The start-up thread calls {@link
 * #settle}.
 */
final class LogsFound implements LogLoading.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(LogsFound.class);

    private final LogTable table;
    private final DirectoryCheckpoints checkpoints;
    private final LogDeletion deletion;
    private final long deleteDelayMs;

    /** Logs of partitions of which there was one already. */
    private final Queue<PartitionLog> twins = new ConcurrentLinkedQueue<>();

    /** Directories whose marker must not be written: not all of their logs could be opened. */
    private final Set<LogDirectory> incomplete = ConcurrentHashMap.newKeySet();

    LogsFound(LogTable table, DirectoryCheckpoints checkpoints, LogDeletion deletion, long deleteDelayMs) {
        this.table = table;
        this.checkpoints = checkpoints;
        this.deletion = deletion;
        this.deleteDelayMs = deleteDelayMs;
    }

    @Override
    public void loaded(PartitionLog log) {
        checkpoints.of(log.directory()).restoreCleanedOffset(log);
        if (table.add(log) != null) twins.add(log);
        // What was loaded before its directory failed has been heard of already.
        if (!log.directory().online()) table.fail(log.directory());
    }

    @Override
    public void unusable(TopicPartition partition, LogDirectory directory) {
        table.markOffline(partition, directory);
        incomplete.add(directory);
        checkpoints.of(directory).keep(partition);
    }

    @Override
    public void unknown(LogDirectory directory) {
        table.markContentsUnknown();
        incomplete.add(directory);
    }

    @Override
    public void toBeDeleted(LogDirectory directory, Path path) {
        deletion.later(directory, path, deleteDelayMs);
    }

    /** Whether some of the directory's logs could not be opened. */
    boolean isIncomplete(LogDirectory directory) {
        return incomplete.contains(directory);
    }

    /**
     * Everything is loaded. A crash while a partition was moved may have left more logs of it than one; those that do not
     * count go.
     *
     * @throws StopBrokerException if nobody knows which of a partition's logs counts
     */
    void settle() {
        for (PartitionLog twin : twins) {
            if (twin.isFuture()) settleFutures(twin);
            else settle(twin);
        }
        for (PartitionLog future : table.futures()) settleFuture(future);
        Set<Uuid> online = checkpoints.directories().stream()
                .filter(LogDirectory::online)
                .map(LogDirectory::id)
                .collect(Collectors.toSet());
        for (PartitionLog current : table.currents()) forgetReplaced(current, online);
    }

    private void settle(PartitionLog twin) {
        PartitionLog first = table.current(twin.topicPartition());
        if (first == null) {
            table.put(twin);
        } else if (ReplacedLogs.replaces(twin, first)) {
            table.put(twin);
            retire(first);
            twin.start();
        } else if (ReplacedLogs.replaces(first, twin) || isBarren(twin)) {
            retire(twin);
            first.start();
        } else if (isBarren(first)) {
            table.put(twin);
            retire(first);
            twin.start();
        } else {
            twin.abandon();
            throw new StopBrokerException("The log of " + twin.topicPartition() + " is in both " + first.directory()
                    + " and " + twin.directory() + ": move one of the two away");
        }
    }

    /** Of two future logs either will do: what it lacks is copied. */
    private void settleFutures(PartitionLog twin) {
        retire(twin);
        PartitionLog kept = table.future(twin.topicPartition());
        if (kept != null) kept.start();
    }

    /** So is what a failed try to create a log leaves behind, before it is created in another directory. */
    private static boolean isBarren(PartitionLog log) {
        return log.logStartOffset() == 0 && log.logEndOffset() == 0;
    }

    private void settleFuture(PartitionLog future) {
        PartitionLog current = table.current(future.topicPartition());
        if (current == null) return;
        if (current.directory() == future.directory()) {
            table.removeFuture(future.topicPartition());
            retire(future);
        } else {
            current.state().cleaning().holdCompaction();
        }
    }

    /** Of those in directories that are online none is left. */
    private static void forgetReplaced(PartitionLog current, Set<Uuid> online) {
        try {
            Map<Uuid, Long> noted = ReplacedLogs.of(current);
            Map<Uuid, Long> left = new HashMap<>(noted);
            left.keySet().removeAll(online);
            if (!left.equals(noted)) ReplacedLogs.write(current, left);
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.warn("Replaced logs are not forgotten: log={} reason={}", current, e.getMessage());
        }
    }

    private void retire(PartitionLog log) {
        try {
            LOG.warn(
                    "Deleting a log in the place of which there is another one: log={} directory={}",
                    log,
                    log.directory());
            deletion.remove(log);
        } catch (DirectoryOfflineException e) {
            LOG.warn("It stays where it is: log={} reason={}", log, e.getMessage());
        }
    }
}
