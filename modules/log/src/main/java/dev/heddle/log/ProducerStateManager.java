package dev.heddle.log;

import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a log knows of the producers that wrote to it: their epochs and sequences, and the transactions that are open.
 * The log's lock guards it, except where a method says that any thread may call it.
 *
 * <p>An append goes like this: {@link #prepareUpdate}, {@link ProducerAppend#append} for each batch, the records are
 * written, {@link #update}, then for each completed transaction {@link #lastStableOffset}, an entry in the transaction
 * index if it was aborted, {@link #completeTxn}; last, {@link #updateMapEndOffset}.
 *
 * <p>A snapshot holds the state up to an offset, so that recovery need not read the whole log for it. It may be torn or
 * missing after a crash: then an older one, and more of the log, do.
 */
final class ProducerStateManager {

    /** A transaction counts as late when it is this much older than is allowed, in milliseconds. */
    static final long LATE_TRANSACTION_BUFFER_MS = 5 * 60 * 1000;

    private static final Logger LOG = LoggerFactory.getLogger(ProducerStateManager.class);

    private final TopicPartition partition;
    private final Supplier<ProducerStateConfig> config;
    private final Time time;

    private final Map<Long, ProducerStateEntry> producers = new HashMap<>();

    private final TransactionVerifications verifications;

    /** The producer of each open transaction, by the transaction's first offset. */
    private final NavigableMap<Long, Long> ongoingTxns = new TreeMap<>();

    /** Transactions whose marker may not be below the high watermark yet, by their first offset. */
    private final NavigableMap<Long, CompletedTxn> unreplicatedTxns = new TreeMap<>();

    private final ProducerSnapshots snapshots;

    /** Publishes the size of {@link #producers}. */
    private volatile int producerIdCount;

    /** Publishes when the producer of the oldest open transaction last wrote; -1 if there is none. */
    private volatile long oldestTxnLastTimestamp = -1;

    private long mapEndOffset;
    private long lastSnapshotOffset;

    /**
     * Touches no file yet: {@link ProducerSnapshots#find} does.
     *
     * @param config what holds at the moment; any thread may call it
     */
    ProducerStateManager(
            TopicPartition partition,
            FileSystemCalls files,
            Path partitionDirectory,
            Supplier<ProducerStateConfig> config,
            Time time) {
        this.partition = partition;
        this.snapshots = new ProducerSnapshots(files, partitionDirectory);
        this.config = config;
        this.verifications = new TransactionVerifications(() -> config.get().verifyTransactions());
        this.time = time;
    }

    // Appending

    /** Begins an append of one producer; nothing changes before {@link #update}. */
    ProducerAppend prepareUpdate(long producerId, AppendOrigin origin) {
        ProducerStateEntry known = producers.get(producerId);
        return new ProducerAppend(
                partition,
                known != null ? known : ProducerStateEntry.unknown(producerId),
                origin,
                verifications.find(producerId));
    }

    /** Takes over what was appended. */
    void update(ProducerAppend append) {
        ProducerStateEntry known = producers.get(append.producerId());
        if (known != null) known.update(append.updated());
        else put(append.updated());
        for (long firstOffset : append.startedTransactions()) ongoingTxns.put(firstOffset, append.producerId());
        updateOldestTxnTimestamp();
    }

    /** The transactions that may begin to write here. */
    TransactionVerifications verifications() {
        return verifications;
    }

    /** The files that keep what is known. */
    ProducerSnapshots snapshots() {
        return snapshots;
    }

    /** What is known of a producer. */
    @Nullable ProducerStateEntry lastEntry(long producerId) {
        return producers.get(producerId);
    }

    /** Everything below {@code offset} has been given to {@link #update}. */
    void updateMapEndOffset(long offset) {
        mapEndOffset = offset;
    }

    long mapEndOffset() {
        return mapEndOffset;
    }

    /** What the last stable offset will be once the transaction is completed, and the high watermark has followed. */
    long lastStableOffset(CompletedTxn completed) {
        for (Map.Entry<Long, Long> ongoing : ongoingTxns.entrySet()) {
            if (ongoing.getValue() != completed.producerId()) return ongoing.getKey();
        }
        return completed.lastOffset() + 1;
    }

    /** The transaction is over; its offsets stay unstable until the high watermark has passed its marker. */
    void completeTxn(CompletedTxn completed) {
        if (ongoingTxns.remove(completed.firstOffset()) == null) {
            throw new IllegalArgumentException(completed + " of " + partition + " was not open");
        }
        unreplicatedTxns.put(completed.firstOffset(), completed);
        updateOldestTxnTimestamp();
    }

    /** First offset of the first transaction that is open, or whose marker is not below the high watermark. */
    OptionalLong firstUnstableOffset() {
        OptionalLong undecided = firstUndecidedOffset();
        if (unreplicatedTxns.isEmpty()) return undecided;
        long unreplicated = unreplicatedTxns.firstKey();
        return OptionalLong.of(Math.min(unreplicated, undecided.orElse(Long.MAX_VALUE)));
    }

    /** First offset of the first transaction that is open. */
    OptionalLong firstUndecidedOffset() {
        return ongoingTxns.isEmpty() ? OptionalLong.empty() : OptionalLong.of(ongoingTxns.firstKey());
    }

    /** Lets transactions be stable whose markers are now below the high watermark. */
    void onHighWatermarkUpdated(long highWatermark) {
        unreplicatedTxns.values().removeIf(completed -> completed.lastOffset() < highWatermark);
    }

    // What is known

    boolean isEmpty() {
        return producers.isEmpty() && unreplicatedTxns.isEmpty();
    }

    List<ActiveProducer> activeProducers() {
        return producers.values().stream()
                .map(ProducerStateEntry::toActiveProducer)
                .toList();
    }

    /**
     * Where a producer wrote last.
     *
     * @param lastDataOffset -1 if no batch of the current epoch is known
     */
    record LastRecord(long lastDataOffset, short producerEpoch) {}

    /** Where each producer wrote last. */
    Map<Long, LastRecord> lastRecords() {
        var last = new HashMap<Long, LastRecord>();
        producers.forEach((id, entry) -> last.put(id, new LastRecord(entry.lastDataOffset(), entry.producerEpoch())));
        return last;
    }

    /** Any thread may call it. */
    int producerIdCount() {
        return producerIdCount;
    }

    /** Whether a transaction has been open for longer than is allowed. Any thread may call it. */
    boolean hasLateTransaction(long currentTimeMs) {
        long lastTimestamp = oldestTxnLastTimestamp;
        return lastTimestamp > 0
                && currentTimeMs - lastTimestamp > config.get().maxTransactionTimeoutMs() + LATE_TRANSACTION_BUFFER_MS;
    }

    /** Forgets the producers that have not written for too long. */
    void removeExpiredProducers(long currentTimeMs) {
        producers.values().removeIf(entry -> isExpired(entry, currentTimeMs));
        verifications.removeExpired(currentTimeMs, config.get().producerIdExpirationMs());
        producerIdCount = producers.size();
    }

    private boolean isExpired(ProducerStateEntry entry, long currentTimeMs) {
        return entry.currentTxnFirstOffset().isEmpty()
                && currentTimeMs - entry.lastTimestamp() >= config.get().producerIdExpirationMs();
    }

    private void put(ProducerStateEntry entry) {
        producers.put(entry.producerId(), entry);
        producerIdCount = producers.size();
    }

    private void updateOldestTxnTimestamp() {
        Map.Entry<Long, Long> oldest = ongoingTxns.firstEntry();
        ProducerStateEntry producer = oldest == null ? null : producers.get(oldest.getValue());
        oldestTxnLastTimestamp = producer == null ? -1 : producer.lastTimestamp();
    }

    /**
     * Takes over what another log of the same records knows; its lock is held too.
     *
     * @return whether that is more than was known from the records themselves
     */
    boolean takeOver(ProducerStateManager other) {
        boolean known = producers.size() == other.producers.size()
                && other.producers.values().stream()
                        .allMatch(entry -> producers.containsKey(entry.producerId())
                                && entry.isSameAs(producers.get(entry.producerId())));
        clear();
        other.producers.values().forEach(entry -> put(entry.copy()));
        verifications.takeOver(other.verifications);
        ongoingTxns.putAll(other.ongoingTxns);
        unreplicatedTxns.putAll(other.unreplicatedTxns);
        updateOldestTxnTimestamp();
        return !known;
    }

    // Truncating

    /**
     * Forgets everything beyond {@code logEndOffset} and reloads the last snapshot in range, if the end moved; else only
     * lets the start catch up. The caller then reads the log from {@link #mapEndOffset()} on.
     */
    void truncateAndReload(long logStartOffset, long logEndOffset, long currentTimeMs) throws IOException {
        snapshots.deleteOutside(logStartOffset, logEndOffset);
        if (logEndOffset == mapEndOffset) {
            onLogStartOffsetIncremented(logStartOffset);
            return;
        }
        clear();
        loadLatestSnapshot(logStartOffset, currentTimeMs);
    }

    /** Forgets everything, deletes every snapshot. */
    void truncateFullyAndStartAt(long offset) throws IOException {
        clear();
        snapshots.deleteAll();
        lastSnapshotOffset = 0;
        mapEndOffset = offset;
    }

    private void clear() {
        producers.clear();
        producerIdCount = 0;
        ongoingTxns.clear();
        unreplicatedTxns.clear();
        updateOldestTxnTimestamp();
    }

    /** Producers stay known though their records may be gone: that is what keeps them from being refused. */
    void onLogStartOffsetIncremented(long logStartOffset) {
        onHighWatermarkUpdated(logStartOffset);
        mapEndOffset = Math.max(mapEndOffset, logStartOffset);
        lastSnapshotOffset = snapshots.latest().orElse(logStartOffset);
    }

    // Snapshots

    private void loadLatestSnapshot(long logStartOffset, long currentTimeMs) throws IOException {
        for (OptionalLong latest = snapshots.latest(); latest.isPresent(); latest = snapshots.latest()) {
            long offset = latest.getAsLong();
            try {
                load(snapshots.read(offset), currentTimeMs);
                LOG.info(
                        "Loaded producer state: partition={} offset={} producers={}",
                        partition,
                        offset,
                        producerIdCount);
                lastSnapshotOffset = offset;
                mapEndOffset = offset;
                return;
            } catch (CorruptFileException | NoSuchFileException e) {
                LOG.warn("A producer snapshot is of no use: partition={} problem={}", partition, e.getMessage());
                snapshots.delete(offset);
            }
        }
        lastSnapshotOffset = logStartOffset;
        mapEndOffset = logStartOffset;
    }

    private void load(List<ProducerStateEntry> entries, long currentTimeMs) {
        for (ProducerStateEntry entry : entries) {
            if (isExpired(entry, currentTimeMs)) continue;
            put(entry);
            entry.currentTxnFirstOffset().ifPresent(offset -> ongoingTxns.put(offset, entry.producerId()));
        }
        updateOldestTxnTimestamp();
    }

    /**
     * Writes a snapshot at the map's end offset, unless there is one.
     *
     * @param sync whether to make it durable at once
     * @return the file, if one was written
     */
    @Nullable Path takeSnapshot(boolean sync) throws IOException {
        if (mapEndOffset <= lastSnapshotOffset) return null;
        long startNanos = time.nanoseconds();
        Path file = snapshots.write(mapEndOffset, producers.values(), sync);
        lastSnapshotOffset = mapEndOffset;
        LOG.debug(
                "Wrote producer state: partition={} offset={} producers={} tookMicros={}",
                partition,
                mapEndOffset,
                producers.size(),
                (time.nanoseconds() - startNanos) / 1000);
        return file;
    }

    /** As {@link #takeSnapshot}; where there is no room for one, an older one and more of the log have to do. */
    void takeSnapshotIfRoom(boolean sync) throws IOException {
        try {
            takeSnapshot(sync);
        } catch (IOException e) {
            if (!NoRoom.isCauseOf(e)) throw e;
            LOG.debug("No room for producer state: partition={} offset={}", partition, mapEndOffset);
        }
    }
}
