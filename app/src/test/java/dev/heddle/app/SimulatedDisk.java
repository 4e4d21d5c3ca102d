package dev.heddle.app;

import dev.heddle.log.FileSystemCalls;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A machine's disk, in memory. Any thread may call it, as the machine's programs do.
 *
 * <p>It knows what was synced and what was not, so its power can be cut: at a call that was chosen before, or at once.
 * From then on every call fails and changes nothing. {@link #reboot} gives the disk as it is found afterwards, in one of
 * the states that POSIX allows; {@link #killProcess} the disk as another process finds it, with the page cache as it
 * was. A {@link Trap} sees each call before it is made, and may fail or delay it.
 */
final class SimulatedDisk implements FileSystemCalls {

    /** Sees each call before it is made, on the calling thread. */
    interface Trap {
        /** Lets every call through. */
        Trap NONE = (call, path) -> {};

        /** What it throws, the call throws. */
        void before(DiskCall call, Path path) throws IOException;
    }

    private static final long TOTAL_BYTES = 1L << 40;

    /** What a file or directory takes beside its content. */
    private static final long ENTRY_BYTES = 256;

    private final SimulatedTree tree;

    /** Numbers the changes in the life of the medium. */
    private final AtomicLong changes;

    /** Guards the nodes and the number of the next change. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<SimulatedChannel, SimulatedFile> openFiles = new ConcurrentHashMap<>();

    /** Counts the calls that change something. */
    private final AtomicLong changingCalls = new AtomicLong();

    /** How many of those are still made; at the one after them the power goes. */
    private volatile long powerLasts = Long.MAX_VALUE;

    /** How much fits on the disk. */
    private volatile long capacity = Long.MAX_VALUE;

    /** Publishes that there is no power, or that the process is dead. */
    private volatile boolean off;

    /** Publishes who sees the calls. */
    private volatile Trap trap = Trap.NONE;

    private final long firstChange;

    /** An empty disk. */
    SimulatedDisk() {
        this(new SimulatedTree(), new AtomicLong());
    }

    private SimulatedDisk(SimulatedTree tree, AtomicLong changes) {
        this.tree = tree;
        this.changes = changes;
        this.firstChange = changes.get();
    }

    // ---- the power ----

    /** The power goes when {@code calls} more calls that change something have been made; that one may be half done. */
    void cutPowerAfter(long calls) {
        powerLasts = changingCalls.get() + calls;
    }

    /** The power goes now. */
    void cutPower() {
        lock.lock();
        try {
            off = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isOff() {
        return off;
    }

    /** How many calls that change something were made. */
    long changingCalls() {
        return changingCalls.get();
    }

    /** The disk after a power cut, with one of the contents it may have. */
    SimulatedDisk reboot(Random random) {
        return reboot(random, Survival.choose(random, firstChange, changes.get()));
    }

    SimulatedDisk reboot(Random random, Survival survival) {
        lock.lock();
        try {
            off = true;
            tree.root().cutPower(random, survival);
            return new SimulatedDisk(tree, changes);
        } finally {
            lock.unlock();
        }
    }

    /** The disk after the process that used it was killed: everything is there, and nothing more is synced than was. */
    SimulatedDisk killProcess() {
        lock.lock();
        try {
            off = true;
            return new SimulatedDisk(tree, changes);
        } finally {
            lock.unlock();
        }
    }

    // ---- its size ----

    /** So many bytes are free from now on; what is written beyond is refused. */
    void leaveFree(long bytes) {
        lock.lock();
        try {
            capacity = used(tree.root()) + bytes;
        } finally {
            lock.unlock();
        }
    }

    /** There is room again, without end. */
    void leaveFree() {
        capacity = Long.MAX_VALUE;
    }

    /** How much is left. */
    long freeBytes() {
        lock.lock();
        try {
            return Math.max(0, capacity - used(tree.root()));
        } finally {
            lock.unlock();
        }
    }

    private static long used(SimulatedNode node) {
        if (node instanceof SimulatedFile file) return ENTRY_BYTES + file.size();
        if (!(node instanceof SimulatedDirectory directory)) return 0;
        long used = ENTRY_BYTES;
        for (String name : directory.names()) used += used(directory.get(name));
        return used;
    }

    /** Throws if a call cannot have so many bytes more. Called by the work of one. */
    void takeRoom(long bytes) throws IOException {
        if (capacity != Long.MAX_VALUE && bytes > 0 && used(tree.root()) + bytes > capacity)
            throw new IOException("No space left on device");
    }

    // ---- faults ----

    void trap(Trap newTrap) {
        trap = newTrap;
    }

    /** How many channels are open. */
    int openChannels() {
        return openFiles.size();
    }

    /** The paths of the open files that were not deleted. */
    List<Path> openPaths() {
        lock.lock();
        try {
            return tree.pathsOf(Set.copyOf(openFiles.values()));
        } finally {
            lock.unlock();
        }
    }

    void opened(SimulatedChannel channel, SimulatedFile file) {
        openFiles.put(channel, file);
    }

    void closed(SimulatedChannel channel) {
        openFiles.remove(channel);
    }

    /** Work on the nodes. */
    interface Work<T> {
        /** @param number numbers the change that it makes, if any */
        T run(long number) throws IOException;
    }

    /** One call: past the trap, under the lock, unless the power is off. */
    <T> T call(DiskCall call, Path path, Work<T> work) throws IOException {
        if (off) throw powerIsOff();
        trap.before(call, path);
        lock.lock();
        try {
            if (off) throw powerIsOff();
            if (call.changes() && changingCalls.incrementAndGet() > powerLasts) cutDuring(call, work);
            return work.run(call.changes() ? changes.incrementAndGet() : 0);
        } finally {
            lock.unlock();
        }
    }

    /** What a call that fails has done before it failed. */
    void halfDone(Work<?> work) throws IOException {
        lock.lock();
        try {
            if (!off) work.run(changes.incrementAndGet());
        } finally {
            lock.unlock();
        }
    }

    /** Of the call during which the power goes nobody knows the outcome: it may have reached the page cache. */
    private void cutDuring(DiskCall call, Work<?> work) throws IOException {
        off = true;
        boolean isSync = call == DiskCall.FORCE || call == DiskCall.SYNC_DIRECTORY;
        if (!isSync && changingCalls.get() % 2 == 0) work.run(changes.incrementAndGet());
        throw powerIsOff();
    }

    private static IOException powerIsOff() {
        return new IOException("The power is off");
    }

    // ---- the calls ----

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        List<OpenOption> given = List.of(options);
        boolean create = given.contains(StandardOpenOption.CREATE);
        boolean empty = given.contains(StandardOpenOption.TRUNCATE_EXISTING);
        return call(kindOfOpen(file, create, empty), file, number -> {
            if (create && tree.find(file) == null) {
                takeRoom(ENTRY_BYTES);
                tree.parent(file).create(number, SimulatedTree.name(file), new SimulatedFile());
            }
            SimulatedFile node = tree.file(file);
            if (empty) node.truncate(number, 0, System.currentTimeMillis());
            return new SimulatedChannel(this, file, node);
        });
    }

    private DiskCall kindOfOpen(Path file, boolean create, boolean empty) {
        if (create && isMissing(file)) return DiskCall.CREATE;
        return empty ? DiskCall.TRUNCATE : DiskCall.OPEN;
    }

    private boolean isMissing(Path path) {
        lock.lock();
        try {
            return tree.find(path) == null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        call(DiskCall.RENAME, from, number -> {
            tree.existing(from);
            if (tree.parent(from) != tree.parent(to)) throw new UnsupportedOperationException("between directories");
            if (tree.find(to) instanceof SimulatedDirectory other && !other.isEmpty()) {
                throw new DirectoryNotEmptyException(to.toString());
            }
            tree.parent(from).rename(number, SimulatedTree.name(from), SimulatedTree.name(to));
            return true;
        });
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        return call(DiskCall.DELETE, path, number -> {
            SimulatedNode node = tree.find(path);
            if (node == null) return false;
            if (node instanceof SimulatedDirectory directory && !directory.isEmpty()) {
                throw new DirectoryNotEmptyException(path.toString());
            }
            tree.parent(path).remove(number, SimulatedTree.name(path));
            return true;
        });
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        call(isMissing(directory) ? DiskCall.CREATE_DIRECTORIES : DiskCall.LOOK, directory, number -> {
            SimulatedDirectory at = tree.root();
            for (Path name : directory.toAbsolutePath().normalize()) {
                if (at.get(name.toString()) == null) {
                    takeRoom(ENTRY_BYTES);
                    at.create(number, name.toString(), new SimulatedDirectory());
                }
                if (!(at.get(name.toString()) instanceof SimulatedDirectory next)) {
                    throw new FileAlreadyExistsException(directory.toString());
                }
                at = next;
            }
            return true;
        });
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        call(DiskCall.SYNC_DIRECTORY, directory, number -> {
            tree.directory(directory).sync();
            return true;
        });
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return call(
                DiskCall.LIST,
                directory,
                number -> tree.directory(directory).names().stream()
                        .map(directory::resolve)
                        .toList());
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return looksLike(path, SimulatedNode.class);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return looksLike(path, SimulatedDirectory.class);
    }

    private boolean looksLike(Path path, Class<?> kind) throws IOException {
        return call(DiskCall.LOOK, path, number -> kind.isInstance(tree.find(path)));
    }

    @Override
    public long size(Path file) throws IOException {
        return call(DiskCall.LOOK, file, number -> (long) tree.file(file).size());
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
        return call(DiskCall.LOOK, file, number -> tree.file(file).modifiedMs());
    }

    @Override
    public void setLastModifiedMs(Path file, long timestampMs) throws IOException {
        call(DiskCall.SET_MODIFIED, file, number -> {
            tree.file(file).modifiedMs(timestampMs);
            return true;
        });
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return call(DiskCall.SPACE, path, number -> TOTAL_BYTES);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return call(DiskCall.SPACE, path, number -> TOTAL_BYTES / 2);
    }
}
