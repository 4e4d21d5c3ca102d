package dev.heddle.log;

import java.nio.file.Path;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The names of files and directories, which are Kafka's. Any thread may call it.
 *
 * <pre>
 * log.dir/
 *   .lock  .kafka_cleanshutdown  meta.properties
 *   recovery-point-offset-checkpoint  log-start-offset-checkpoint  replication-offset-checkpoint
 *   orders-0/                                   a partition
 *     00000000000000000042.log                  a segment whose first offset is 42
 *     00000000000000000042.index .timeindex .txnindex
 *     00000000000000000042.snapshot             producer state up to, not including, offset 42
 *     leader-epoch-checkpoint  partition.metadata
 *   orders-1.9f0e…-delete/                      a partition that is being deleted
 *   orders-2.51b7…-future/                      a partition that is being moved here
 * </pre>
 */
final class LogFileNames {

    static final String LOG_SUFFIX = ".log";
    static final String OFFSET_INDEX_SUFFIX = ".index";
    static final String TIME_INDEX_SUFFIX = ".timeindex";
    static final String TRANSACTION_INDEX_SUFFIX = ".txnindex";
    static final String PRODUCER_SNAPSHOT_SUFFIX = ".snapshot";

    /** Added to a file that goes when the delay before deletion is over. */
    static final String DELETED_SUFFIX = ".deleted";
    /** Added to a segment that the cleaner is still writing. */
    static final String CLEANED_SUFFIX = ".cleaned";
    /** Added to a finished segment that is about to take the place of others. */
    static final String SWAP_SUFFIX = ".swap";

    static final String DELETE_DIRECTORY_SUFFIX = "-delete";
    static final String FUTURE_DIRECTORY_SUFFIX = "-future";
    static final String STRAY_DIRECTORY_SUFFIX = "-stray";

    private static final int OFFSET_DIGITS = 20;
    private static final int MAX_DIRECTORY_NAME_LENGTH = 255;

    private LogFileNames() {}

    /** The offset with zeros in front, so that names sort as numbers do. */
    static String prefix(long offset) {
        String digits = Long.toString(offset);
        return "0".repeat(OFFSET_DIGITS - digits.length()) + digits;
    }

    static Path logFile(Path directory, long baseOffset) {
        return directory.resolve(prefix(baseOffset) + LOG_SUFFIX);
    }

    static Path offsetIndexFile(Path directory, long baseOffset) {
        return directory.resolve(prefix(baseOffset) + OFFSET_INDEX_SUFFIX);
    }

    static Path timeIndexFile(Path directory, long baseOffset) {
        return directory.resolve(prefix(baseOffset) + TIME_INDEX_SUFFIX);
    }

    static Path transactionIndexFile(Path directory, long baseOffset) {
        return directory.resolve(prefix(baseOffset) + TRANSACTION_INDEX_SUFFIX);
    }

    static Path producerSnapshotFile(Path directory, long offset) {
        return directory.resolve(prefix(offset) + PRODUCER_SNAPSHOT_SUFFIX);
    }

    /** The offset a file's name begins with, or -1 if it does not begin with one. */
    static long offsetOf(Path file) {
        String name = file.getFileName().toString();
        int dot = name.indexOf('.');
        if (dot <= 0 || dot > OFFSET_DIGITS) return -1;
        for (int i = 0; i < dot; i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') return -1;
        }
        try {
            return Long.parseLong(name, 0, dot, 10);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** The same file with another suffix at the end of its name, or with one more, or less. */
    static Path changeSuffix(Path file, String from, String to) {
        String name = file.getFileName().toString();
        if (!name.endsWith(from)) throw new IllegalArgumentException(file + " does not end with " + from);
        return file.resolveSibling(name.substring(0, name.length() - from.length()) + to);
    }

    static boolean hasSuffix(Path file, String suffix) {
        return file.getFileName().toString().endsWith(suffix);
    }

    /** The directory of a partition within its log directory. */
    static String partitionDirectory(TopicPartition partition) {
        return partition.topic() + "-" + partition.partition();
    }

    /** A fresh name for the directory of a partition that is being deleted; long topic names are cut to fit. */
    static String deletedDirectory(TopicPartition partition) {
        return unique(partition, DELETE_DIRECTORY_SUFFIX);
    }

    /**
     * A fresh name for the directory of a partition that is being moved to this log directory; it may be {@linkplain
     * #fitsFutureDirectory too long}.
     */
    static String futureDirectory(TopicPartition partition) {
        return partitionDirectory(partition) + uniqueEnd(FUTURE_DIRECTORY_SUFFIX);
    }

    /** Whether the partition's name leaves room for what the directory's name needs while it is moved (KAFKA-4893). */
    static boolean fitsFutureDirectory(TopicPartition partition) {
        return futureDirectory(partition).length() <= MAX_DIRECTORY_NAME_LENGTH;
    }

    /** A fresh name for the directory of a partition that the metadata does not know. */
    static String strayDirectory(TopicPartition partition) {
        return unique(partition, STRAY_DIRECTORY_SUFFIX);
    }

    private static String unique(TopicPartition partition, String suffix) {
        String end = uniqueEnd(suffix);
        String name = partitionDirectory(partition);
        return name.substring(0, Math.min(name.length(), MAX_DIRECTORY_NAME_LENGTH - end.length())) + end;
    }

    private static String uniqueEnd(String suffix) {
        return "." + UUID.randomUUID().toString().replace("-", "") + suffix;
    }

    /** Whether the directory's name says that it is being deleted. */
    static boolean isDeletedDirectory(Path directory) {
        return hasUniquePart(directory, DELETE_DIRECTORY_SUFFIX);
    }

    /** Whether the directory's name says that a partition is being moved to it. */
    static boolean isFutureDirectory(Path directory) {
        return hasUniquePart(directory, FUTURE_DIRECTORY_SUFFIX);
    }

    /** Whether the directory's name says that no topic knows it. */
    static boolean isStrayDirectory(Path directory) {
        return hasUniquePart(directory, STRAY_DIRECTORY_SUFFIX);
    }

    private static boolean hasUniquePart(Path directory, String suffix) {
        String name = directory.getFileName().toString();
        return name.endsWith(suffix) && name.lastIndexOf('.') > 0;
    }

    /**
     * The partition whose directory this is, or null if the name is not of the form {@code topic-partition}. A name that
     * carries a unique part is resolved to the partition it belonged to, unless that was cut.
     */
    static @Nullable TopicPartition partitionOf(Path directory) {
        String name = directory.getFileName().toString();
        if (isDeletedDirectory(directory) || isFutureDirectory(directory) || isStrayDirectory(directory)) {
            name = name.substring(0, name.lastIndexOf('.'));
        }
        int dash = name.lastIndexOf('-');
        if (dash <= 0 || dash == name.length() - 1) return null;
        try {
            int partition = Integer.parseInt(name, dash + 1, name.length(), 10);
            return partition < 0 ? null : new TopicPartition(name.substring(0, dash), partition);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
