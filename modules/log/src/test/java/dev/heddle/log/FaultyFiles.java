package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The real file system, which counts and records calls, and fails those it is told to fail. Any thread may call it. */
final class FaultyFiles implements FileSystemCalls {

    enum Call {
        OPEN,
        READ,
        WRITE,
        FORCE,
        TRUNCATE,
        RENAME,
        DELETE,
        CREATE_DIRECTORIES,
        SYNC_DIRECTORY,
        LIST,
        LOCK
    }

    private final Map<Call, AtomicInteger> counts = new EnumMap<>(Call.class);
    private final Map<Call, AtomicInteger> toFail = new EnumMap<>(Call.class);
    private final AtomicInteger openChannels = new AtomicInteger();
    private final List<String> calls = new ArrayList<>();

    FaultyFiles() {
        for (Call call : Call.values()) {
            counts.put(call, new AtomicInteger());
            toFail.put(call, new AtomicInteger());
        }
    }

    /** The next such call throws. */
    void failNext(Call call) {
        toFail.get(call).set(1);
    }

    /** Every such call from now on throws. */
    void failAll(Call call) {
        toFail.get(call).set(Integer.MAX_VALUE);
    }

    int count(Call call) {
        return counts.get(call).get();
    }

    int openChannels() {
        return openChannels.get();
    }

    /** What was called that changes something, in order; single-threaded tests only. */
    List<String> calls() {
        return calls;
    }

    private void enter(Call call, Path path) throws IOException {
        counts.get(call).incrementAndGet();
        if (call != Call.OPEN && call != Call.READ && call != Call.LIST) calls.add(call + " " + path.getFileName());
        if (toFail.get(call).get() > 0) {
            toFail.get(call).decrementAndGet();
            throw new IOException("made to fail: " + call + " " + path);
        }
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        enter(Call.OPEN, file);
        FileChannel real = REAL.open(file, options);
        openChannels.incrementAndGet();
        return new Channel(file, real);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        enter(Call.RENAME, from);
        REAL.rename(from, to);
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        enter(Call.DELETE, path);
        return REAL.deleteIfExists(path);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        enter(Call.CREATE_DIRECTORIES, directory);
        REAL.createDirectories(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        enter(Call.SYNC_DIRECTORY, directory);
        REAL.syncDirectory(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        enter(Call.LIST, directory);
        return REAL.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return REAL.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return REAL.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return REAL.size(file);
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
        return REAL.lastModifiedMs(file);
    }

    @Override
    public void setLastModifiedMs(Path file, long timestampMs) throws IOException {
        REAL.setLastModifiedMs(file, timestampMs);
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return REAL.totalBytes(path);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return REAL.usableBytes(path);
    }

    private final class Channel extends FileChannel {

        private final Path path;
        private final FileChannel real;

        Channel(Path path, FileChannel real) {
            this.path = path;
            this.real = real;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            enter(Call.READ, path);
            return real.read(target);
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
            enter(Call.READ, path);
            return real.read(targets, offset, length);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            enter(Call.READ, path);
            return real.read(target, position);
        }

        /** Writes half of it before it fails, as a full disk does. */
        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            int half = source.remaining() / 2;
            try {
                enter(Call.WRITE, path);
            } catch (IOException e) {
                real.write(source.duplicate().limit(source.position() + half), position);
                throw e;
            }
            return real.write(source, position);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            enter(Call.WRITE, path);
            return real.write(source);
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
            enter(Call.WRITE, path);
            return real.write(sources, offset, length);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            enter(Call.FORCE, path);
            real.force(metaData);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            enter(Call.TRUNCATE, path);
            real.truncate(size);
            return this;
        }

        @Override
        public long position() throws IOException {
            return real.position();
        }

        @Override
        public FileChannel position(long newPosition) throws IOException {
            real.position(newPosition);
            return this;
        }

        @Override
        public long size() throws IOException {
            return real.size();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            enter(Call.READ, path);
            return real.transferTo(position, count, target);
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            enter(Call.WRITE, path);
            return real.transferFrom(source, position, count);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException("The log maps no files");
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            enter(Call.LOCK, path);
            return real.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            enter(Call.LOCK, path);
            return real.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            openChannels.decrementAndGet();
            real.close();
        }
    }
}
