package dev.heddle.metadata;

import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.DirectoryFiles;
import dev.heddle.log.DiskReserve;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.NoRoomException;
import dev.heddle.log.PartitionLog;
import dev.heddle.metadata.ControllerConfig.MetadataLogConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link MetadataStorage} in the broker's log directories. Any thread may call it. */
final class DirectoryStorage implements MetadataStorage {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryStorage.class);
    private static final TopicPartition PARTITION = Topic.CLUSTER_METADATA_TOPIC_PARTITION;
    private static final String DIRECTORY = PARTITION + "/";
    private static final String BOOTSTRAP = "bootstrap.checkpoint";
    private static final String BOOTSTRAP_TEMPORARY = BOOTSTRAP + ".tmp";

    private final LogDirectories directories;
    private final MetadataLogConfig config;
    private final Scheduler scheduler;

    DirectoryStorage(LogDirectories directories, MetadataLogConfig config, Scheduler scheduler) {
        this.directories = directories;
        this.config = config;
        this.scheduler = scheduler;
    }

    @Override
    public String clusterId() {
        return directories.clusterId();
    }

    @Override
    public Log openLog() {
        PartitionLog log = directories.openLog(PARTITION, Uuid.METADATA_TOPIC_ID, logConfig(), scheduler);
        return new RaftLog(log, directories.metadataReserve());
    }

    /** Kafka's own defaults whatever the broker's are, and no retention but that of snapshots. */
    private LogConfig logConfig() {
        var defaults = new AbstractConfig(LogConfig.define(new ConfigDef()), Map.of(), false);
        return LogConfig.defaults(defaults)
                .withOverrides(Map.of(
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MetadataBatches.MAX_BATCH_BYTES),
                        TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(config.segmentBytes()),
                        TopicConfig.SEGMENT_MS_CONFIG, Long.toString(config.segmentMs()),
                        TopicConfig.RETENTION_MS_CONFIG, "-1",
                        TopicConfig.RETENTION_BYTES_CONFIG, "-1"));
    }

    @Override
    public byte @Nullable [] read(String name) {
        return files().read(DIRECTORY + name);
    }

    @Override
    public void replace(String name, String temporary, byte[] content) {
        files().replace(DIRECTORY + name, DIRECTORY + temporary, content);
    }

    @Override
    public List<String> list() {
        return files().list(DIRECTORY);
    }

    @Override
    public long size(String name) {
        return files().size(DIRECTORY + name);
    }

    @Override
    public void delete(String name) {
        files().delete(DIRECTORY + name);
    }

    @Override
    public byte @Nullable [] readBootstrap() {
        return files().read(BOOTSTRAP);
    }

    @Override
    public void writeBootstrap(byte[] content) {
        files().replace(BOOTSTRAP, BOOTSTRAP_TEMPORARY, content);
        for (LogDirectory directory : directories.all()) {
            if (!directory.online() || directory.path().equals(directories.metadataDirectory())) continue;
            try {
                new DirectoryFiles(directory).replace(BOOTSTRAP, BOOTSTRAP_TEMPORARY, content);
            } catch (DirectoryOfflineException | NoRoomException e) {
                LOG.warn("Cannot format a log directory: dir={} reason={}", directory, e.getMessage());
            }
        }
    }

    private DirectoryFiles files() {
        return directories.metadataFiles();
    }

    /** The log as a {@link PartitionLog}. */
    private record RaftLog(PartitionLog log, DiskReserve reserve) implements Log {

        private static final int READ_BYTES = MetadataBatches.MAX_BATCH_BYTES;

        @Override
        public long startOffset() {
            return log.logStartOffset();
        }

        @Override
        public long endOffset() {
            return log.logEndOffset();
        }

        @Override
        public long sizeInBytes() {
            return log.sizeInBytes();
        }

        @Override
        public OptionalInt latestEpoch() {
            return log.latestEpoch();
        }

        @Override
        public void beginEpoch(int epoch) {
            log.assignEpoch(epoch);
        }

        @Override
        public MemoryRecords read(long offset) {
            try {
                return log.read(offset, READ_BYTES, FetchIsolation.LOG_END, true)
                        .records()
                        .records();
            } catch (IOException e) {
                throw new DirectoryOfflineException(
                        log.directory().path(), "Cannot read the metadata log: " + e.getMessage(), e);
            }
        }

        @Override
        public void append(MemoryRecords batch, int epoch, boolean useReserve) {
            while (true) {
                try {
                    log.appendAsLeader(batch, epoch, AppendOrigin.RAFT_LEADER);
                    return;
                } catch (NoRoomException e) {
                    if (!useReserve || !reserve.release()) throw e;
                }
            }
        }

        @Override
        public boolean hasRoom() {
            return reserve.fill();
        }

        @Override
        public boolean awaitDurable(long endOffset, Waiter waiter, long deadlineNanos) {
            return log.awaitDurable(endOffset, waiter, deadlineNanos);
        }

        @Override
        public void commit(long offset) {
            log.updateHighWatermark(offset);
        }

        @Override
        public void truncateTo(long offset) {
            log.truncateTo(offset);
        }

        @Override
        public void restartAt(long offset) {
            log.truncateFullyAndStartAt(offset);
        }

        @Override
        public void deleteBefore(long offset) {
            log.deleteRecordsBefore(offset);
            log.deleteOldSegments();
        }

        @Override
        public void close() {
            log.close();
        }
    }
}
