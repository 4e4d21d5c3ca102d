package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
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
        Uuid topicId = PartitionMetadataFile.read(files, request.path());
        LoadedLog loaded = new LogLoader(request, runtime, remainingSegments).load();
        var identity = new LogState.Identity(
                request.partition(), topicId == null ? Uuid.ZERO_UUID : topicId, request.directory(), request.path());
        var state = new LogState(identity, runtime, request.config(), loaded);
        var log = new PartitionLog(state, new LogFlusher(state, loaded.recoveryPoint(), loaded.directoryDirty()));
        log.start();
        return log;
    }

    /**
     * Creates the log of a partition; its directory and topic id are durable when this returns.
     *
     * @throws DirectoryOfflineException if the disk fails
     */
    PartitionLog create(LogDirectory directory, TopicPartition partition, Uuid topicId, LogConfig config) {
        return openOrCreate(directory, partition, topicId, config, true);
    }

    /** Opens a log that may be there already and is recovered in full, or creates it. */
    PartitionLog openOrCreate(
            LogDirectory directory, TopicPartition partition, Uuid topicId, LogConfig config, boolean clean) {
        directory.ensureOnline();
        FileSystemCalls files = directory.files();
        Path path = directory.path().resolve(LogFileNames.partitionDirectory(partition));
        try {
            if (!files.isDirectory(path)) {
                files.createDirectories(path);
                files.syncDirectory(directory.path());
                LOG.info("Created a log: partition={} directory={} topicId={}", partition, directory.path(), topicId);
            }
            boolean named = !topicId.equals(Uuid.ZERO_UUID);
            if (named && PartitionMetadataFile.read(files, path) == null) {
                PartitionMetadataFile.write(files, path, topicId);
            }
            return open(new LogLoader.Request(partition, directory, path, config, clean, 0, 0), NOBODY);
        } catch (IOException e) {
            throw directory.failed("open " + partition, e);
        }
    }
}
