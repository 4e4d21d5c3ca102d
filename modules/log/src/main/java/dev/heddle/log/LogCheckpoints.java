package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recovery points, log start offsets and cleaner's offsets of one directory, written down from time to time. Any
 * thread may call it.
 */
final class LogCheckpoints {

    private static final Logger LOG = LoggerFactory.getLogger(LogCheckpoints.class);

    private final LogDirectory directory;
    private final OffsetCheckpointFile recoveryPoints;
    private final OffsetCheckpointFile startOffsets;
    private final OffsetCheckpointFile cleanedOffsets;

    /** Publishes which partitions have a recovery point: one that is created anew must not inherit what is said there. */
    private volatile Set<TopicPartition> withRecoveryPoint = Set.of();

    /** Publishes which partitions have a log start offset; as above. */
    private volatile Set<TopicPartition> withStartOffset = Set.of();

    /** Publishes which partitions have a cleaned offset; as above. */
    private volatile Set<TopicPartition> withCleanedOffset = Set.of();

    /** What the files said at the start of logs that could not be opened: it must still be there when they can be. */
    private final Map<TopicPartition, Offsets> kept = new ConcurrentHashMap<>();

    /** Publishes what the files said at the start. */
    private volatile Map<TopicPartition, Long> recoveryPointsRead = Map.of();

    /** Publishes what the files said at the start. */
    private volatile Map<TopicPartition, Long> startOffsetsRead = Map.of();

    /** Publishes what the files said at the start. */
    private volatile Map<TopicPartition, Long> cleanedOffsetsRead = Map.of();

    private record Offsets(long recoveryPoint, long startOffset, long cleanedOffset) {}

    LogCheckpoints(LogDirectory directory) {
        this.directory = directory;
        this.recoveryPoints = new OffsetCheckpointFile(directory, OffsetCheckpointFile.RECOVERY_POINT);
        this.startOffsets = new OffsetCheckpointFile(directory, OffsetCheckpointFile.LOG_START_OFFSET);
        this.cleanedOffsets = new OffsetCheckpointFile(directory, OffsetCheckpointFile.CLEANER);
    }

    LogDirectory directory() {
        return directory;
    }

    Map<TopicPartition, Long> readRecoveryPoints() {
        Map<TopicPartition, Long> offsets = recoveryPoints.read();
        withRecoveryPoint = Set.copyOf(offsets.keySet());
        recoveryPointsRead = offsets;
        return offsets;
    }

    void readCleanedOffsets() {
        cleanedOffsetsRead = cleanedOffsets.read();
        withCleanedOffset = Set.copyOf(cleanedOffsetsRead.keySet());
    }

    /** Whether the cleaner has worked on the partition's log; known once {@link #readCleanedOffsets} has returned. */
    boolean wasCleaned(TopicPartition partition) {
        return cleanedOffsetsRead.containsKey(partition);
    }

    Map<TopicPartition, Long> readStartOffsets() {
        Map<TopicPartition, Long> offsets = startOffsets.read();
        withStartOffset = Set.copyOf(offsets.keySet());
        startOffsetsRead = offsets;
        return offsets;
    }

    /** Tells a log that was loaded how far it is clean, unless it has become shorter than that. */
    void restoreCleanedOffset(PartitionLog log) {
        long offset = cleanedOffsetsRead.getOrDefault(log.topicPartition(), CleaningState.UNKNOWN);
        if (offset <= log.logEndOffset()) log.state().cleaning().cleanedTo(offset);
    }

    /** Writes on what was read about a log that could not be opened. */
    void keep(TopicPartition partition) {
        kept.put(
                partition,
                new Offsets(
                        recoveryPointsRead.getOrDefault(partition, 0L),
                        startOffsetsRead.getOrDefault(partition, 0L),
                        cleanedOffsetsRead.getOrDefault(partition, CleaningState.UNKNOWN)));
    }

    /** The log that could not be opened is of no interest any more. */
    void forget(TopicPartition partition) {
        kept.remove(partition);
    }

    /** Whether the files name the partition. */
    boolean names(TopicPartition partition) {
        return withRecoveryPoint.contains(partition)
                || withStartOffset.contains(partition)
                || withCleanedOffset.contains(partition);
    }

    /** Writes the recovery points of the directory's logs. */
    boolean writeRecoveryPoints(Collection<PartitionLog> logs) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        kept.forEach((partition, before) -> offsets.put(partition, before.recoveryPoint));
        for (PartitionLog log : logs) offsets.put(log.topicPartition(), log.recoveryPoint());
        if (!recoveryPoints.write(offsets)) return false;
        withRecoveryPoint = Set.copyOf(offsets.keySet());
        return true;
    }

    /** Writes the log start offsets of the directory's logs, those that their first segment does not tell. */
    boolean writeStartOffsets(Collection<PartitionLog> logs) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        kept.forEach((partition, before) -> {
            if (before.startOffset > 0) offsets.put(partition, before.startOffset);
        });
        for (PartitionLog log : logs) {
            if (log.startsWithinSegment()) offsets.put(log.topicPartition(), log.logStartOffset());
        }
        if (!startOffsets.write(offsets)) return false;
        withStartOffset = Set.copyOf(offsets.keySet());
        return true;
    }

    /** Writes how far the directory's logs are clean, those that ever were cleaned. */
    boolean writeCleanedOffsets(Collection<PartitionLog> logs) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        kept.forEach((partition, before) -> offsets.put(partition, before.cleanedOffset));
        for (PartitionLog log : logs)
            offsets.put(log.topicPartition(), log.state().cleaning().cleanedOffset());
        offsets.values().removeIf(offset -> offset == CleaningState.UNKNOWN);
        if (!cleanedOffsets.write(offsets)) return false;
        withCleanedOffset = Set.copyOf(offsets.keySet());
        return true;
    }

    /**
     * Writes all of them; a directory that is offline is left alone.
     *
     * @return whether they are written
     */
    boolean write(Collection<PartitionLog> logs) {
        try {
            return writeRecoveryPoints(logs) & writeStartOffsets(logs) & writeCleanedOffsets(logs);
        } catch (DirectoryOfflineException e) {
            LOG.debug("No checkpoint: dir={} reason={}", directory, e.getMessage());
            return false;
        }
    }

    /** As {@link #write}, but insists on it. */
    void writeForNewLog(Collection<PartitionLog> logs) {
        if (write(logs)) return;
        directory.ensureOnline();
        throw new NoRoomException("Log directory " + directory + " is full: could not write its checkpoints");
    }

    /**
     * A truncation has made what is written wrong: nothing may be appended before that is changed. Where there is no room
     * for a new file there is none: then more is recovered, and cleaned again.
     */
    void writeOutdated(Collection<PartitionLog> logs) {
        if (!writeRecoveryPoints(logs)) {
            // What is said of logs that could not be opened keeps them from being cut off, and must not be lost.
            if (!kept.isEmpty()) throw directory.failed("lower recovery points", new IOException("no room"));
            recoveryPoints.delete();
            withRecoveryPoint = Set.of();
        }
        if (!writeCleanedOffsets(logs)) {
            cleanedOffsets.delete();
            withCleanedOffset = Set.of();
        }
    }
}
