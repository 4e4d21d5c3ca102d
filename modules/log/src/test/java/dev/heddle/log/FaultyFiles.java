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
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

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
    private final AtomicInteger changesLeft = new AtomicInteger(Integer.MAX_VALUE);
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final Set<String> forced = ConcurrentHashMap.newKeySet();
    private final Set<String> forcingThreads = ConcurrentHashMap.newKeySet();

    /** Files that end so find no room. */
    private volatile List<String> fullSuffixes = List.of();

    private final LimitedVolume volume = new LimitedVolume();

    /** What a call that is made to fail says; null for its own words. */
    private volatile String reason;

    /** Publishes where the next such call stops; null for nowhere. */
    private final AtomicReference<Barrier> barrier = new AtomicReference<>();

    /** Set to let a blocked call fail. */
    private volatile IOException blockedFailure;

    /** Where a call stops until it is let go. */
    private record Barrier(Call call, CountDownLatch reached, CountDownLatch open) {}

    FaultyFiles() {
        for (Call call : Call.values()) {
            counts.put(call, new AtomicInteger());
            toFail.put(call, new AtomicInteger());
        }
    }

    /** The next such call throws. */
    void failNext(Call call) {
        reason = null;
        toFail.get(call).set(1);
    }

    /** The next such call throws, and says that the disk is full. */
    void failNextForNoRoom(Call call) {
        failNext(call);
        reason = LimitedVolume.NO_SPACE;
    }

    /** Every write to a file that ends so finds no room from now on. */
    void failAllWritesTo(String... suffixes) {
        fullSuffixes = List.of(suffixes);
    }

    /** Where the files are: it may be full. */
    LimitedVolume volume() {
        return volume;
    }

    /** Every such call from now on throws. */
    void failAll(Call call) {
        toFail.get(call).set(Integer.MAX_VALUE);
    }

    /** So many changes are still made; then each fails, and nothing reaches the disk any more, as when the power is cut. */
    void failAfter(int changes) {
        changesLeft.set(changes);
    }

    /** The next such call stops, having counted down the latch that is returned, until {@link #unblock()}. */
    CountDownLatch blockNext(Call call) {
        var next = new Barrier(call, new CountDownLatch(1), new CountDownLatch(1));
        barrier.set(next);
        return next.reached;
    }

    /** Lets a stopped call go on. */
    void unblock() {
        Barrier current = barrier.getAndSet(null);
        if (current != null) current.open.countDown();
    }

    /** Lets a stopped call fail. */
    void unblockFailing(IOException failure) {
        blockedFailure = failure;
        unblock();
    }

    private void stopAtBarrier(Call call) throws IOException {
        Barrier current = barrier.get();
        if (current == null || current.call != call || current.reached.getCount() == 0) return;
        current.reached.countDown();
        try {
            current.open.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        IOException failure = blockedFailure;
        if (failure != null) throw failure;
    }

    /** The names of the files that were synced. */
    Set<String> forced() {
        return forced;
    }

    /** The names of the threads that synced files. */
    Set<String> forcingThreads() {
        return forcingThreads;
    }

    int count(Call call) {
        return counts.get(call).get();
    }

    int openChannels() {
        return openChannels.get();
    }

    /** What was called that changes something, in order. */
    List<String> calls() {
        return calls;
    }

    private void enter(Call call, Path path) throws IOException {
        counts.get(call).incrementAndGet();
        boolean changes = call != Call.OPEN && call != Call.READ && call != Call.LIST;
        if (changes) calls.add(call + " " + path.getFileName());
        stopAtBarrier(call);
        if (changes && changesLeft.getAndDecrement() <= 0) throw new IOException("no more changes: " + call);
        if (call == Call.WRITE && fullSuffixes.stream().anyMatch(path.toString()::endsWith))
            throw new IOException(LimitedVolume.NO_SPACE);
        if (toFail.get(call).get() > 0) {
            toFail.get(call).decrementAndGet();
            String words = reason;
            throw new IOException(words != null ? words : "made to fail: " + call + " " + path);
        }
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        enter(Call.OPEN, file);
        FileChannel real = volume.changing(
                file, List.of(options).contains(StandardOpenOption.CREATE), () -> REAL.open(file, options));
        openChannels.incrementAndGet();
        return new Channel(file, real);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        enter(Call.RENAME, from);
        volume.replacing(to, () -> {
            REAL.rename(from, to);
            return true;
        });
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        enter(Call.DELETE, path);
        return volume.changing(path, false, () -> REAL.deleteIfExists(path));
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        enter(Call.CREATE_DIRECTORIES, directory);
        volume.changing(directory, true, () -> {
            REAL.createDirectories(directory);
            return true;
        });
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
    public boolean exists(Path path) throws IOException {
        return REAL.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
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
            return volume.write(real, source, position);
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
            forced.add(path.getFileName().toString());
            forcingThreads.add(Thread.currentThread().getName());
            real.force(metaData);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            enter(Call.TRUNCATE, path);
            volume.truncate(real, size);
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
