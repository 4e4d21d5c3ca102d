package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The aborted transactions whose markers are in a segment. One thread at a time, which holds the log's lock, changes it;
 * any thread may read or {@link #flush()} at any moment.
 *
 * <p>Aborts are rare. So the file does not exist before the first, is not kept open, and is read whole when somebody first
 * asks; from then on the entries are in memory. New ones reach the file with the next {@link #write()} or {@link #flush()}:
 * an append needs no room on the disk for them, and what a crash loses recovery finds in the batches.
 */
final class TransactionIndex {

    /**
     * What a segment knows of the aborted transactions in a range.
     *
     * @param complete whether no later segment can know more
     */
    record SearchResult(List<AbortedTxn> abortedTransactions, boolean complete) {}

    private final FileSystemCalls files;
    private final long baseOffset;

    /** Publishes the entries, an immutable list; null until the file is read for the first time. */
    private final AtomicReference<@Nullable List<AbortedTxn>> entries = new AtomicReference<>();

    /** Guards the file (writing to it, renaming, deleting), changes of {@link #entries}, and the fields below. */
    private final ReentrantLock fileLock = new ReentrantLock();

    /** How many entries, from the first on, the file holds. */
    private int written;

    /** Set for good: a write that comes late must not create the file again. */
    private boolean deleted;

    /** Whether the file is so new that its directory may not durably know it. */
    private boolean directoryUnsynced;

    /** Whether the file may hold what is not on the disk. */
    private boolean dirty;

    /** Publishes where the file is. */
    private volatile Path file;

    /** Touches no file yet; there is none until the first transaction aborts. */
    TransactionIndex(FileSystemCalls files, Path file, long baseOffset) {
        this.files = files;
        this.file = file;
        this.baseOffset = baseOffset;
    }

    /** Where the file is, or would be. */
    Path file() {
        return file;
    }

    /** Adds a transaction; its last offset must be larger than the last one's. */
    void append(AbortedTxn transaction) throws IOException {
        fileLock.lock();
        try {
            List<AbortedTxn> before = loaded();
            if (!before.isEmpty() && before.getLast().lastOffset() >= transaction.lastOffset()) {
                throw new IllegalArgumentException(
                        transaction + " does not follow " + before.getLast() + " in " + file);
            }
            var after = new ArrayList<>(before);
            after.add(transaction);
            entries.set(List.copyOf(after));
        } finally {
            fileLock.unlock();
        }
    }

    /** Hands what is only in memory to the operating system; there is no file before the first entry. */
    void write() throws IOException {
        fileLock.lock();
        try {
            List<AbortedTxn> now = entries.get();
            if (now == null || now.size() == written || deleted) return;
            directoryUnsynced |= !files.exists(file);
            dirty = true;
            try (FileChannel channel = files.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                ByteBuffer unwritten = encode(now.subList(written, now.size()));
                FileIo.append(channel, unwritten, (long) written * AbortedTxnLayout.SIZE);
            }
            written = now.size();
        } finally {
            fileLock.unlock();
        }
    }

    /** The transactions that overlap with a fetch of the offsets from {@code fetchOffset} to below {@code upperBound}. */
    SearchResult collectAbortedTxns(long fetchOffset, long upperBound) throws IOException {
        var found = new ArrayList<AbortedTxn>();
        for (AbortedTxn transaction : loaded()) {
            if (transaction.lastOffset() >= fetchOffset && transaction.firstOffset() < upperBound)
                found.add(transaction);
            if (transaction.lastStableOffset() >= upperBound) return new SearchResult(found, true);
        }
        return new SearchResult(found, false);
    }

    List<AbortedTxn> allAbortedTxns() throws IOException {
        return loaded();
    }

    boolean isEmpty() throws IOException {
        return loaded().isEmpty();
    }

    /** Looks for entries that cannot be right; an index that fails must be rebuilt. */
    void sanityCheck() throws IOException, CorruptFileException {
        long last = -1;
        for (AbortedTxn transaction : loaded()) {
            if (transaction.lastOffset() < baseOffset || transaction.lastOffset() <= last) {
                throw new CorruptFileException(file, transaction + " is out of order, base offset " + baseOffset);
            }
            last = transaction.lastOffset();
        }
    }

    /** Removes the transactions whose last offset is not below {@code offset}. */
    void truncateTo(long offset) throws IOException {
        List<AbortedTxn> before = loaded();
        keep(before.stream().filter(it -> it.lastOffset() < offset).toList(), before.size());
    }

    /** Removes all transactions, readable or not. */
    void reset() throws IOException {
        keep(List.of(), Integer.MAX_VALUE);
    }

    private void keep(List<AbortedTxn> kept, int before) throws IOException {
        if (kept.size() == before) return;
        fileLock.lock();
        try {
            entries.set(kept);
            written = Math.min(written, kept.size());
            if (!files.exists(file)) return;
            dirty = true;
            try (FileChannel channel = files.open(file, StandardOpenOption.WRITE)) {
                channel.truncate((long) written * AbortedTxnLayout.SIZE);
            }
        } finally {
            fileLock.unlock();
        }
    }

    /** Makes every entry durable, and the file itself if it is new. */
    void flush() throws IOException {
        fileLock.lock();
        try {
            write();
            if (!dirty) return;
            try (FileChannel channel = files.open(file, StandardOpenOption.WRITE)) {
                FileIo.force(channel, true);
            }
            dirty = false;
            if (directoryUnsynced) FileIo.syncDirectory(files, FileIo.parentOf(file));
            directoryUnsynced = false;
        } finally {
            fileLock.unlock();
        }
    }

    /** Renames the file, if there is one; the index stays usable. */
    void renameTo(Path target) throws IOException {
        fileLock.lock();
        try {
            if (files.exists(file)) files.rename(file, target);
            file = target;
        } finally {
            fileLock.unlock();
        }
    }

    /** The partition's directory has been renamed; a flush in between finds no file and fails. */
    void directoryMoved(Path directory) {
        fileLock.lock();
        try {
            file = directory.resolve(file.getFileName());
        } finally {
            fileLock.unlock();
        }
    }

    /** Deletes the file, if there is one. */
    boolean deleteIfExists() throws IOException {
        fileLock.lock();
        try {
            dirty = false;
            deleted = true;
            return files.deleteIfExists(file);
        } finally {
            fileLock.unlock();
        }
    }

    private List<AbortedTxn> loaded() throws IOException {
        List<AbortedTxn> known = entries.get();
        if (known != null) return known;
        fileLock.lock();
        try {
            known = entries.get();
            if (known != null) return known;
            List<AbortedTxn> read = read();
            written = read.size();
            entries.set(read);
            return read;
        } finally {
            fileLock.unlock();
        }
    }

    /** A torn entry at the end of the file is none: the next one is written over it. */
    private List<AbortedTxn> read() throws IOException {
        ByteBuffer content;
        try {
            content = ByteBuffer.wrap(FileIo.readAll(files, file));
        } catch (NoSuchFileException e) {
            return List.of();
        }
        var read = new ArrayList<AbortedTxn>(content.remaining() / AbortedTxnLayout.SIZE);
        for (int at = 0; at + AbortedTxnLayout.SIZE <= content.limit(); at += AbortedTxnLayout.SIZE) {
            read.add(decode(content, at));
        }
        return List.copyOf(read);
    }

    private AbortedTxn decode(ByteBuffer in, int at) throws CorruptFileException {
        short version = in.getShort(at + AbortedTxnLayout.VERSION);
        if (version != AbortedTxnLayout.CURRENT_VERSION) {
            throw new CorruptFileException(file, "unknown version " + version + " at byte " + at);
        }
        return new AbortedTxn(
                in.getLong(at + AbortedTxnLayout.PRODUCER_ID),
                in.getLong(at + AbortedTxnLayout.FIRST_OFFSET),
                in.getLong(at + AbortedTxnLayout.LAST_OFFSET),
                in.getLong(at + AbortedTxnLayout.LAST_STABLE_OFFSET));
    }

    private static ByteBuffer encode(List<AbortedTxn> transactions) {
        ByteBuffer out = ByteBuffer.allocate(transactions.size() * AbortedTxnLayout.SIZE);
        int at = 0;
        for (AbortedTxn transaction : transactions) {
            out.putShort(at + AbortedTxnLayout.VERSION, AbortedTxnLayout.CURRENT_VERSION)
                    .putLong(at + AbortedTxnLayout.PRODUCER_ID, transaction.producerId())
                    .putLong(at + AbortedTxnLayout.FIRST_OFFSET, transaction.firstOffset())
                    .putLong(at + AbortedTxnLayout.LAST_OFFSET, transaction.lastOffset())
                    .putLong(at + AbortedTxnLayout.LAST_STABLE_OFFSET, transaction.lastStableOffset());
            at += AbortedTxnLayout.SIZE;
        }
        return out;
    }
}
