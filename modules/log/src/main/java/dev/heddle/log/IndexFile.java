package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The file of an index, which is opened for each call. Any thread may call it; {@link #read} and {@link #force} never
 * wait for another thread, and find the file again when it is renamed meanwhile.
 */
final class IndexFile {

    private static final long MISSING = -1;

    private final FileSystemCalls files;

    /** Guards the file (writing to it, renaming, deleting) and the two fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The size of the file; {@link #MISSING} if there is none. */
    private long bytes = MISSING;

    /** Set for good: a write that comes late must not create the file again. */
    private boolean deleted;

    /** Publishes where the file is, or would be. */
    private volatile Path path;

    IndexFile(FileSystemCalls files, Path path) {
        this.files = files;
        this.path = path;
    }

    /** To be held across several calls that belong together; each of them takes it too. */
    ReentrantLock lock() {
        return lock;
    }

    Path path() {
        return path;
    }

    /** Looks at the file, and returns its size; 0 if there is none. */
    long load() throws IOException {
        lock.lock();
        try {
            bytes = files.exists(path) ? files.size(path) : MISSING;
            return Math.max(0, bytes);
        } finally {
            lock.unlock();
        }
    }

    /** The size of the file; 0 if there is none, or it has not been looked at. */
    long bytes() {
        lock.lock();
        try {
            return Math.max(0, bytes);
        } finally {
            lock.unlock();
        }
    }

    /** Fills the buffer from {@code position} on. */
    void read(ByteBuffer target, long position) throws IOException {
        int start = target.position();
        reopen(
                channel -> {
                    target.position(start);
                    FileIo.readFully(channel, target, position);
                },
                StandardOpenOption.READ);
    }

    /** Makes what was written durable; does nothing if the file is deleted. */
    void force() throws IOException {
        try {
            reopen(channel -> FileIo.force(channel, true), StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            if (!isDeleted()) throw e;
        }
    }

    private interface Call {
        void on(FileChannel channel) throws IOException;
    }

    /** Opens the file where it is now, even if it is renamed between the look at its name and the opening. */
    private void reopen(Call call, StandardOpenOption option) throws IOException {
        Path at = path;
        while (true) {
            try (FileChannel channel = files.open(at, option)) {
                call.on(channel);
                return;
            } catch (NoSuchFileException e) {
                Path now = path;
                if (now.equals(at)) throw e;
                at = now;
            }
        }
    }

    private boolean isDeleted() {
        lock.lock();
        try {
            return deleted;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes what remains in {@code content} at {@code position} and cuts what is behind {@code size}; creates the file if
     * there is none. If the write fails, the file ends at {@code position}.
     */
    void write(ByteBuffer content, long position, long size) throws IOException {
        lock.lock();
        try {
            if (deleted || (bytes == size && !content.hasRemaining())) return;
            try (FileChannel channel = files.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                if (bytes > size) channel.truncate(size);
                bytes = position;
                FileIo.append(channel, content, position);
            }
            bytes = size;
        } finally {
            lock.unlock();
        }
    }

    /** Renames the file, if there is one. */
    void renameTo(Path target) throws IOException {
        lock.lock();
        try {
            if (files.exists(path)) files.rename(path, target);
            path = target;
        } finally {
            lock.unlock();
        }
    }

    void directoryMoved(Path directory) {
        lock.lock();
        try {
            path = directory.resolve(path.getFileName());
        } finally {
            lock.unlock();
        }
    }

    boolean deleteIfExists() throws IOException {
        lock.lock();
        try {
            deleted = true;
            return files.deleteIfExists(path);
        } finally {
            lock.unlock();
        }
    }
}
