package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes {@link PartitionLog}s out of what is on disk. Any thread may call it, one at a time for a partition. */
final class LogOpener {

    private static final Logger LOG = LoggerFactory.getLogger(LogOpener.class);

    private static final IntConsumer NOBODY = remaining -> {};

    private final LogRuntime runtime;

    LogOpener(LogRuntime runtime) {
        this.runtime = runtime;
    }

    /**
     * Opens the log in a partition's directory, which exists.
     *
     * @throws CorruptFileException if this log cannot be opened, while the directory is fine
     */
    PartitionLog open(LogLoader.Request request, IntConsumer remainingSegments) throws IOException {
        FileSystemCalls files = request.directory().files();
        // The first flush has synced it.
        boolean durable = request.clean() || request.recoveryPoint() > 0;
        return open(request, readTopicId(files, request.path(), durable), remainingSegments);
    }

    private PartitionLog open(LogLoader.Request request, @Nullable Uuid topicId, IntConsumer remainingSegments)
            throws IOException {
        LoadedLog loaded = new LogLoader(request, runtime, remainingSegments).load();
        var identity = new LogState.Identity(
                request.partition(), topicId == null ? Uuid.ZERO_UUID : topicId, request.directory(), request.path());
        var state = new LogState(identity, runtime, request.config(), loaded);
        var log = new PartitionLog(state, new LogFlusher(state, loaded.recoveryPoint(), loaded.directoryDirty()));
        log.start();
        return log;
    }

    /**
     * Creates the log of a partition. Its files become durable with its first records: until then there is nothing in it
     * that was promised to anyone, and whoever knows the partition creates it again after a power cut.
     *
     * @throws DirectoryOfflineException if the disk fails
     * @throws NoRoomException if it is full; nothing is left of the log
     */
    PartitionLog create(LogDirectory directory, TopicPartition partition, Uuid topicId, LogConfig config) {
        return openOrCreate(directory, partition, topicId, config, true);
    }

    /** Opens a log that may be there already and is recovered in full, or creates it. */
    PartitionLog openOrCreate(
            LogDirectory directory, TopicPartition partition, Uuid topicId, LogConfig config, boolean clean) {
        Path path = directory.path().resolve(LogFileNames.partitionDirectory(partition));
        return openOrCreate(new LogLoader.Request(partition, directory, path, config, clean, 0, 0, false), topicId);
    }

    /** Creates the log in {@code directory} that is to take the place of {@code current}; it starts where that starts. */
    PartitionLog createFuture(LogDirectory directory, PartitionLog current) {
        TopicPartition partition = current.topicPartition();
        Path path = directory.path().resolve(LogFileNames.futureDirectory(partition));
        return openOrCreate(
                new LogLoader.Request(
                        partition, directory, path, current.config(), true, current.logStartOffset(), 0, true),
                current.topicId());
    }

    private PartitionLog openOrCreate(LogLoader.Request request, Uuid topicId) {
        LogDirectory directory = request.directory();
        directory.ensureOnline();
        FileSystemCalls files = directory.files();
        Path path = request.path();
        boolean isNew = false;
        try {
            isNew = !files.isDirectory(path);
            Uuid known = null;
            if (isNew) {
                files.createDirectories(path);
            } else {
                known = readTopicId(files, path, request.clean());
            }
            if (known == null && !topicId.equals(Uuid.ZERO_UUID)) {
                PartitionMetadataFile.write(files, path, topicId);
                known = topicId;
            }
            PartitionLog log = open(request, known, NOBODY);
            if (isNew) LOG.info("Created a log: partition={} path={} topicId={}", request.partition(), path, topicId);
            return log;
        } catch (IOException e) {
            if (isNew && NoRoom.isCauseOf(e)) undo(e, files, path);
            throw directory.refuse("open " + request.partition(), e);
        }
    }

    /** Removes what was created of a log that cannot be. */
    private static void undo(IOException failure, FileSystemCalls files, Path path) {
        try {
            if (!files.isDirectory(path)) return;
            for (Path file : files.list(path)) files.deleteIfExists(file);
            files.deleteIfExists(path);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The topic id that is written there; null if there is none, or a crash has torn it: it is written again. */
    private static @Nullable Uuid readTopicId(FileSystemCalls files, Path path, boolean durable) throws IOException {
        try {
            return PartitionMetadataFile.read(files, path);
        } catch (CorruptFileException e) {
            if (durable) throw e;
            LOG.warn("A topic id is written anew: reason={}", e.getMessage());
            return null;
        }
    }
}
