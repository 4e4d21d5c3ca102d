package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From which offset on each leader epoch wrote, kept in {@code leader-epoch-checkpoint}. One thread at a time, which
 * holds the log's lock, changes it; any thread may read at any moment and never waits.
 *
 * <p>For maintainers. Every change is made in memory and reaches the file with the next {@link #flush()}. The log flushes
 * before its recovery point rises, so after a crash the file may lack only epochs whose batches recovery reads, and
 * {@link #found} adds those. It may also hold entries that were removed: truncations flush at once, and of what new
 * batches have contradicted, {@link #found} lets the batches decide.
 */
final class LeaderEpochCache {

    static final String NAME = "leader-epoch-checkpoint";

    private static final Logger LOG = LoggerFactory.getLogger(LeaderEpochCache.class);

    private final FileSystemCalls files;

    /** Guards the file, {@link #written} and {@link #directory}. */
    private final ReentrantLock fileLock = new ReentrantLock();

    /** Publishes the entries, an immutable list in which epochs and start offsets ascend. */
    private volatile List<EpochEntry> entries = List.of();

    /** What the file holds. */
    private List<EpochEntry> written = List.of();

    private Path directory;

    /** Touches no file yet: {@link #load()} does. */
    LeaderEpochCache(FileSystemCalls files, Path partitionDirectory) {
        this.files = files;
        this.directory = partitionDirectory;
    }

    /** Reads the checkpoint; a missing one is an empty one. */
    void load() throws IOException, CorruptFileException {
        fileLock.lock();
        try {
            List<EpochEntry> read = CheckpointFile.read(files, directory.resolve(NAME), LeaderEpochCache::parse);
            written = List.of();
            entries = List.of();
            for (EpochEntry entry : read) entries = with(entry);
            written = List.copyOf(read);
        } finally {
            fileLock.unlock();
        }
    }

    private static @Nullable EpochEntry parse(String[] fields) {
        if (fields.length != 2) return null;
        var entry = new EpochEntry(Integer.parseInt(fields[0]), Long.parseLong(fields[1]));
        return entry.epoch() < 0 || entry.startOffset() < 0 ? null : entry;
    }

    /**
     * Says that the epoch begins at the offset, unless it is known already. Entries that contradict it are removed. It is
     * written down with the next {@link #flush()}.
     */
    void assign(int epoch, long startOffset) {
        if (epoch < 0 || startOffset < 0) {
            throw new IllegalArgumentException("No leader epoch: " + epoch + " from " + startOffset);
        }
        entries = with(new EpochEntry(epoch, startOffset));
    }

    /** Recovery has found a batch of that epoch at the offset: if the checkpoint says otherwise, the batch is right. */
    void found(int epoch, long offset) {
        EpochEntry latest = latestEntry();
        boolean unknown = latest == null || epoch > latest.epoch();
        if (unknown || epoch < epochForOffset(offset).orElse(epoch)) assign(epoch, offset);
    }

    /** The entries with one more, without those it contradicts; the same list if nothing changes. */
    private List<EpochEntry> with(EpochEntry added) {
        List<EpochEntry> before = entries;
        int kept = before.size();
        while (kept > 0 && contradict(before.get(kept - 1), added)) kept--;
        boolean known = kept > 0 && before.get(kept - 1).epoch() == added.epoch();
        if (known && kept == before.size()) return before;
        warnOfLostEntries(before.subList(kept, before.size()), added);
        var after = new ArrayList<>(before.subList(0, kept));
        if (!known) after.add(added);
        return List.copyOf(after);
    }

    private static boolean contradict(EpochEntry known, EpochEntry added) {
        if (known.epoch() == added.epoch()) return known.startOffset() > added.startOffset();
        return known.epoch() > added.epoch() || known.startOffset() >= added.startOffset();
    }

    /** A single epoch that wrote nothing is expected to go. */
    private void warnOfLostEntries(List<EpochEntry> removed, EpochEntry added) {
        if (removed.isEmpty()) return;
        if (removed.size() == 1 && removed.getFirst().startOffset() == added.startOffset()) return;
        LOG.warn("Leader epochs contradict a new one and are forgotten: new={} forgotten={}", added, removed);
    }

    /** The current epoch and where it began, or null if nothing was ever written. */
    @Nullable EpochEntry latestEntry() {
        List<EpochEntry> now = entries;
        return now.isEmpty() ? null : now.getLast();
    }

    @Nullable EpochEntry earliestEntry() {
        List<EpochEntry> now = entries;
        return now.isEmpty() ? null : now.getFirst();
    }

    OptionalInt latestEpoch() {
        EpochEntry latest = latestEntry();
        return latest == null ? OptionalInt.empty() : OptionalInt.of(latest.epoch());
    }

    /** The epoch before {@code epoch} that wrote something. */
    OptionalInt previousEpoch(int epoch) {
        List<EpochEntry> now = entries;
        return epochAt(now, floor(now, EpochEntry::epoch, epoch - 1L));
    }

    /** The epoch under which {@code offset} was or will be written. */
    OptionalInt epochForOffset(long offset) {
        List<EpochEntry> now = entries;
        return epochAt(now, floor(now, EpochEntry::startOffset, offset));
    }

    private static OptionalInt epochAt(List<EpochEntry> in, int index) {
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(in.get(index).epoch());
    }

    /** The index of the last entry whose field is not above {@code target}, or -1. */
    private static int floor(List<EpochEntry> in, ToLongFunction<EpochEntry> field, long target) {
        int low = 0;
        int high = in.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (field.applyAsLong(in.get(middle)) <= target) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    /**
     * The largest known epoch that is not above the requested one, and where it ends (KIP-101, KIP-279). The current
     * epoch ends at {@code logEndOffset}. An epoch from before all that is known ends where the first known one begins.
     */
    EpochEndOffset endOffsetFor(int requestedEpoch, long logEndOffset) {
        List<EpochEntry> now = entries;
        if (now.isEmpty() || requestedEpoch < 0) return EpochEndOffset.UNDEFINED;
        int latest = now.getLast().epoch();
        if (requestedEpoch == latest) return new EpochEndOffset(latest, logEndOffset);
        if (requestedEpoch > latest) return EpochEndOffset.UNDEFINED;
        int floor = floor(now, EpochEntry::epoch, requestedEpoch);
        int epoch = floor < 0 ? requestedEpoch : now.get(floor).epoch();
        return new EpochEndOffset(epoch, now.get(floor + 1).startOffset());
    }

    List<EpochEntry> entries() {
        return entries;
    }

    /** Forgets the epochs that begin at or after {@code endOffset}; in memory, until the next {@link #flush()}. */
    void truncateFromEnd(long endOffset) {
        if (endOffset >= 0) keep(entry -> entry.startOffset() < endOffset);
    }

    /**
     * Forgets the epochs that end at or before {@code startOffset}, and lets the one that was current there begin there;
     * in memory, until the next {@link #flush()}.
     */
    void truncateFromStart(long startOffset) {
        List<EpochEntry> now = entries;
        int current = floor(now, EpochEntry::startOffset, startOffset);
        if (current < 0) return;
        var after = new ArrayList<EpochEntry>(now.subList(current, now.size()));
        after.set(0, new EpochEntry(after.getFirst().epoch(), startOffset));
        entries = List.copyOf(after);
    }

    /** Takes over what another log of the same records knows; in memory, until the next {@link #flush()}. */
    void takeOver(LeaderEpochCache other) {
        entries = other.entries;
    }

    /** Forgets every epoch; in memory, until the next {@link #flush()}. */
    void clear() {
        keep(entry -> false);
    }

    private void keep(Predicate<EpochEntry> kept) {
        entries = entries.stream().filter(kept).toList();
    }

    /** Writes the checkpoint, durably, if it has changed. May be called without the log's lock. */
    void flush() throws IOException {
        fileLock.lock();
        try {
            List<EpochEntry> now = entries;
            if (now.equals(written)) return;
            CheckpointFile.write(
                    files, directory.resolve(NAME), now, entry -> entry.epoch() + " " + entry.startOffset());
            written = now;
        } finally {
            fileLock.unlock();
        }
    }

    /** Writes the checkpoint, durably, if it holds an entry that is not true any more; what it lacks can wait. */
    void flushIfWrong() throws IOException {
        fileLock.lock();
        try {
            if (!entries.containsAll(written)) flush();
        } finally {
            fileLock.unlock();
        }
    }

    /** Whether the checkpoint holds what is in memory. */
    boolean isFlushed() {
        fileLock.lock();
        try {
            return entries.equals(written);
        } finally {
            fileLock.unlock();
        }
    }

    /** The partition's directory has been renamed. */
    void directoryMoved(Path moved) {
        fileLock.lock();
        try {
            directory = moved;
        } finally {
            fileLock.unlock();
        }
    }
}
