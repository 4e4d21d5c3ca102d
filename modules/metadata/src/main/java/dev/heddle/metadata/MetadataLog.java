package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.NoRoomException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log {@code __cluster_metadata-0} of which this node is the only voter and always the leader. Whoever holds the
 * controller's lock calls it.
 *
 * <p>For maintainers: at start it takes the newest snapshot that is whole and the log from there on. Then a new leader
 * epoch begins: first {@code quorum-state} says so, durably, then the log, with a LeaderChange control batch. From then
 * on each append is one batch, is on disk before anybody is told of it, and is taken back if that fails. Where the disk
 * is full a batch goes into room that is set aside for it.
 */
final class MetadataLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MetadataLog.class);

    private final int nodeId;
    private final MetadataStorage storage;
    private final SnapshotFiles snapshots;
    private final Time time;
    private MetadataStorage.@Nullable Log log;
    private QuorumVoters voters = QuorumVoters.STATIC;
    private int epoch;
    private boolean usable = true;

    /** What cancels the wait for the disk that is under way, if the broker stops meanwhile. Published to that thread. */
    private volatile @Nullable Waiter flushing;

    /** Set when the broker stops: from then on nobody waits for the disk. Published to whoever is about to wait. */
    private volatile boolean stopping;

    MetadataLog(int nodeId, MetadataStorage storage, SnapshotFiles snapshots, Time time) {
        this.nodeId = nodeId;
        this.storage = storage;
        this.snapshots = snapshots;
        this.time = time;
    }

    /**
     * What was found.
     *
     * @param inTransaction whether the log ends inside a transaction, which must be aborted
     * @param bytesSinceSnapshot how much log the newest snapshot does not cover
     * @param kraftVersion the level of {@code kraft.version}
     */
    record Recovered(MetadataImage image, boolean inTransaction, long bytesSinceSnapshot, short kraftVersion) {}

    /**
     * Opens and replays the log.
     *
     * @throws StopBrokerException if it cannot be read, or belongs to a quorum of several voters
     */
    Recovered recover() {
        snapshots.removeLeftovers();
        log = storage.openLog();
        Optional<SnapshotFiles.Loaded> snapshot = newestWhole();
        MetadataImage image = snapshot.map(SnapshotFiles.Loaded::image).orElse(MetadataImage.EMPTY);
        voters = snapshot.map(SnapshotFiles.Loaded::voters).orElse(QuorumVoters.STATIC);
        snapshot.ifPresent(this::alignLog);
        long from = snapshot.map(s -> s.id().offset()).orElse(0L);
        if (log.startOffset() > from) {
            throw new StopBrokerException("The metadata log begins at offset " + log.startOffset()
                    + ", and no whole snapshot reaches up to it: restore one from a backup");
        }
        Recovered recovered = replay(image, from);
        checkVoters();
        LOG.info(
                "Replayed the metadata: snapshotEnd={} logEnd={} topics={} partitions={}",
                from,
                log.endOffset(),
                recovered.image().topics().size(),
                recovered.image().topics().partitionCount());
        return recovered;
    }

    /** The newest snapshot that is whole. A damaged one goes away, so that nothing is ever cut off on its word. */
    private Optional<SnapshotFiles.Loaded> newestWhole() {
        NavigableSet<SnapshotId> ids = snapshots.list();
        for (SnapshotId id : ids.descendingSet()) {
            Optional<SnapshotFiles.Loaded> loaded = snapshots.load(id);
            if (loaded.isPresent()) return loaded;
            SnapshotId older = ids.lower(id);
            if (log().startOffset() > (older == null ? 0 : older.offset())) {
                throw new StopBrokerException("The snapshot " + id.fileName()
                        + " of the metadata is damaged, and the log before it is gone: restore it from a backup");
            }
            snapshots.delete(id);
        }
        return Optional.empty();
    }

    /** A snapshot that lies beyond the log's end replaces the log. */
    private void alignLog(SnapshotFiles.Loaded snapshot) {
        SnapshotId id = snapshot.id();
        int latestEpoch = log().latestEpoch().orElse(0);
        boolean ahead = id.epoch() > latestEpoch || id.epoch() == latestEpoch && id.offset() > log().endOffset();
        if (ahead && id.offset() > log().startOffset()) {
            LOG.warn("The metadata log ends before its newest snapshot: logEnd={} snapshot={}", log().endOffset(), id);
            log().restartAt(id.offset());
        }
    }

    private Recovered replay(MetadataImage image, long from) {
        var replay = new MetadataReplay(image, voters);
        long offset = from;
        long bytes = 0;
        try {
            while (offset < log().endOffset()) {
                MemoryRecords records = log().read(offset);
                long before = offset;
                for (RecordBatch batch : records.batches()) {
                    if (batch.lastOffset() < offset) continue;
                    batch.ensureValid();
                    replay.accept(batch);
                    offset = batch.nextOffset();
                    bytes += batch.sizeInBytes();
                }
                if (offset == before) throw new IllegalStateException("there is a gap");
            }
        } catch (IllegalStateException | KafkaException e) {
            throw new StopBrokerException(
                    "The metadata log cannot be replayed at offset " + offset + ": " + e.getMessage(), e);
        }
        voters = replay.voters();
        return new Recovered(replay.image(), replay.inTransaction(), bytes, voters.kraftVersion());
    }

    private void checkVoters() {
        List<Integer> others = new QuorumStateFile(storage)
                .read().voters().stream().filter(voter -> voter != nodeId).toList();
        if (!others.isEmpty() || voters.hasVoterBeside(nodeId)) {
            throw new StopBrokerException("The metadata log belongs to a quorum with other voters than node " + nodeId
                    + (others.isEmpty() ? "" : ": " + others) + "; a standalone broker must be its only voter");
        }
        if (voters.kraftVersion() > Features.SUPPORTED.get(Features.KRAFT).max()) {
            throw new StopBrokerException("The metadata log has the unknown kraft.version " + voters.kraftVersion());
        }
    }

    /** Begins a new leader epoch; the image's offset moves on, its contents stay. */
    MetadataImage beginEpoch(MetadataImage image) {
        var state = new QuorumStateFile(storage);
        epoch = Math.max(
                        state.read().leaderEpoch(),
                        Math.max(image.epoch(), log().latestEpoch().orElse(0)))
                + 1;
        try {
            state.write(nodeId, epoch, voters);
        } catch (NoRoomException e) {
            // There is no other voter whom it would have to be held against, and the log says it too.
            LOG.warn("The new leader epoch is noted in the log alone: epoch={} reason={}", epoch, e.getMessage());
        }
        log().beginEpoch(epoch);
        long now = time.milliseconds();
        append(MetadataBatches.leaderChange(log().endOffset(), epoch, now, nodeId), true);
        return new MetadataDelta(image).apply(log().endOffset() - 1, epoch, now);
    }

    /**
     * What an append came to.
     *
     * @param lastOffset the offset of the last record
     */
    record Appended(long lastOffset, int epoch, long timestampMs, int sizeInBytes) {}

    /**
     * Appends records as one batch. Returns when they are on disk.
     *
     * @param useReserve whether they may go into what is set aside, if the disk is full
     * @throws AnswerException {@code KAFKA_STORAGE_ERROR} if they are not; nothing is left of them then, unless
     *     {@link #usable()} has become false
     */
    Appended append(List<ByteBuffer> frames, boolean useReserve) {
        long now = time.milliseconds();
        MemoryRecords batch = MetadataBatches.data(log().endOffset(), epoch, now, frames);
        append(batch, useReserve);
        return new Appended(log().endOffset() - 1, epoch, now, batch.sizeInBytes());
    }

    private void append(MemoryRecords batch, boolean useReserve) {
        long before = log().endOffset();
        try {
            log().append(batch, epoch, useReserve);
            awaitDurable(log().endOffset());
        } catch (AnswerException | DirectoryOfflineException e) {
            takeBack(before);
            if (e instanceof NoRoomException) throw e;
            LOG.error("Cannot write the metadata log: offset={}", before, e);
            throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "Cannot write the metadata log: " + e.getMessage());
        }
        log().commit(log().endOffset());
    }

    private void awaitDurable(long endOffset) {
        var waiter = new Waiter(time);
        flushing = waiter;
        if (stopping) waiter.cancel();
        try {
            // There is no deadline: whether the records are there must be known before anybody goes on.
            if (!log().awaitDurable(endOffset, waiter, time.deadlineAfterMs(Long.MAX_VALUE))) {
                throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "the broker is stopping");
            }
        } finally {
            flushing = null;
        }
    }

    private void takeBack(long endOffset) {
        if (stopping) {
            // Whether it is on disk is unknown, and trying to find out may hang: the next start sees.
            usable = false;
            return;
        }
        try {
            if (log().endOffset() > endOffset) {
                log().truncateTo(endOffset);
                awaitDurable(endOffset);
            }
        } catch (AnswerException | DirectoryOfflineException e) {
            LOG.error("Cannot take back a failed write of the metadata log: offset={}", endOffset, e);
            usable = false;
        }
    }

    /** Whether the log is known to hold what the image holds, and nothing more. */
    boolean usable() {
        return usable;
    }

    /** Whether the disk has room for more than what must be written in any case. */
    boolean hasRoom() {
        return log().hasRoom();
    }

    long endOffset() {
        return log().endOffset();
    }

    QuorumVoters voters() {
        return voters;
    }

    /** The log itself, for background work. */
    MetadataStorage.Log log() {
        if (log == null) throw new IllegalStateException("The metadata log is not open");
        return log;
    }

    /** Wakes whoever waits for the disk; nobody waits for it any more. Any thread may call it. */
    void stopWaiting() {
        stopping = true;
        Waiter waiter = flushing;
        if (waiter != null) waiter.cancel();
    }

    @Override
    public void close() {
        if (log != null) log.close();
        log = null;
    }
}
