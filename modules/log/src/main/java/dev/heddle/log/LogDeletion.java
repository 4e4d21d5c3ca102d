package dev.heddle.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the directories of deleted partitions, after {@code file.delete.delay.ms}. Any thread may call it. */
final class LogDeletion {

    private static final Logger LOG = LoggerFactory.getLogger(LogDeletion.class);

    private final LogRuntime runtime;

    LogDeletion(LogRuntime runtime) {
        this.runtime = runtime;
    }

    /** Makes a log unusable at once, and deletes it later; at once too where there is no room for another name. */
    void remove(PartitionLog log) {
        try {
            log.renameForDeletion();
            later(log);
        } catch (NoRoomException e) {
            delete(log.directory(), log.closeForDeletion());
        }
    }

    /** Deletes a log that {@linkplain PartitionLog#renameForDeletion() nobody can use} any more. */
    void later(PartitionLog log) {
        runtime.scheduler().once("kafka-delete-logs", log.config().fileDeleteDelayMs(), () -> {
            Path path = log.closeForDeletion();
            delete(log.directory(), path);
        });
    }

    /** Deletes a directory that an earlier run of the broker had renamed. */
    void later(LogDirectory directory, Path path, long delayMs) {
        runtime.scheduler().once("kafka-delete-logs", delayMs, () -> delete(directory, path));
    }

    private void delete(LogDirectory directory, Path path) {
        if (!directory.online()) return;
        try {
            deleteTree(directory.files(), path);
            LOG.info("Deleted a log: path={}", path);
        } catch (IOException e) {
            directory.failed("delete " + path, e);
        }
    }

    private static void deleteTree(FileSystemCalls files, Path path) throws IOException {
        try {
            if (files.isDirectory(path)) {
                for (Path entry : files.list(path)) deleteTree(files, entry);
            }
            files.deleteIfExists(path);
        } catch (NoSuchFileException e) {
            LOG.debug("Deleted already: path={}", path);
        }
    }
}
