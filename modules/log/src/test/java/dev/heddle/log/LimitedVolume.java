package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A volume of so many bytes, which may be changed: what goes beyond is written as far as there is room, as a real disk
 * does, and then fails. Each file and directory takes some bytes of its own. Any thread may call it.
 */
final class LimitedVolume {

    static final String NO_SPACE = "No space left on device";

    /** What a file takes beside its content. */
    static final int ENTRY_BYTES = 64;

    private static final long UNLIMITED = 1L << 60;

    /** Guards the two fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private long limit = UNLIMITED;
    private long used;

    interface Work<T> {
        T run() throws IOException;
    }

    private <T> T locked(Work<T> work) throws IOException {
        lock.lock();
        try {
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    /** So many bytes are left from now on; what {@code root} holds is what is used. */
    void leave(Path root, long bytes) throws IOException {
        locked(() -> {
            try (var all = Files.walk(root)) {
                used = all.mapToLong(LimitedVolume::sizeOf).sum();
            }
            return limit = used + bytes;
        });
    }

    /** The volume grows; by a negative number, it shrinks, but takes nothing away. */
    void grow(long bytes) throws IOException {
        locked(() -> limit += bytes);
    }

    void unlimited() throws IOException {
        locked(() -> limit = UNLIMITED);
    }

    long left() throws IOException {
        return locked(() -> Math.max(0, limit - used));
    }

    private static long sizeOf(Path path) {
        try {
            return ENTRY_BYTES + (Files.isRegularFile(path) ? Files.size(path) : 0);
        } catch (IOException e) {
            return 0; // gone meanwhile
        }
    }

    private static long sizeAt(Path path) {
        return Files.exists(path) ? sizeOf(path) : 0;
    }

    /** Does what may change the size of what is at the path, remove it, or create it. */
    <T> T changing(Path path, boolean mayCreate, Work<T> work) throws IOException {
        return locked(() -> {
            long before = sizeAt(path);
            if (before == 0 && mayCreate && used + ENTRY_BYTES > limit) {
                throw new FileSystemException(path.toString(), null, NO_SPACE);
            }
            try {
                return work.run();
            } finally {
                used += sizeAt(path) - before;
            }
        });
    }

    /** Does what takes away what is at the path, and puts something else there. */
    <T> T replacing(Path path, Work<T> work) throws IOException {
        return locked(() -> {
            long before = sizeAt(path);
            T result = work.run();
            used -= before;
            return result;
        });
    }

    void truncate(FileChannel channel, long size) throws IOException {
        locked(() -> {
            long before = channel.size();
            channel.truncate(size);
            return used += channel.size() - before;
        });
    }

    /** A write, of as much as there is room for. */
    int write(FileChannel channel, ByteBuffer source, long position) throws IOException {
        return locked(() -> {
            long before = channel.size();
            long room = Math.max(0, limit - used);
            long fits = Math.min(source.remaining(), Math.max(0, before + room - position));
            if (fits == 0 && source.hasRemaining()) throw new IOException(NO_SPACE);
            int written = channel.write(source.duplicate().limit(source.position() + (int) fits), position);
            source.position(source.position() + written);
            used += channel.size() - before;
            return written;
        });
    }
}
