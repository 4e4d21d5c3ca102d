package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the directories in {@code log.dirs}. Any thread may call it. A directory that has failed stays offline until the
 * broker starts again; one that is full refuses what needs room, and goes on.
 */
public final class LogDirectory {

    /** Kafka's id of a directory that is lost. */
    static final Uuid LOST = new Uuid(0, 2);

    /** For so long nothing must have been refused before a full directory counts as one that has room. */
    static final long ROOM_AGAIN_AFTER_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    /** Enough to keep a disk's queue busy with the syncs of several logs. */
    private static final int COMMIT_THREADS = 4;

    private final Path path;
    private final Time time;
    private final FileCallGate gate;
    private final FileSystemCalls files;
    private final LogIoLane commits;

    /** Publishes the id, which is known once {@code meta.properties} has been read. */
    private volatile Uuid id = LOST;

    /** Publishes why the directory is offline; null while it is online. */
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /** Publishes that something was refused for want of room, until writes have succeeded for a while. */
    private final AtomicBoolean full = new AtomicBoolean();

    /** Publishes when something was refused last. */
    private volatile long lastRefusalNanos;

    private final CopyOnWriteArrayList<Consumer<LogDirectory>> offlineListeners = new CopyOnWriteArrayList<>();

    /** @param path absolute */
    LogDirectory(FileSystemCalls files, Path path, Time time, FileCallGate.Limits limits) {
        this.path = path;
        this.time = time;
        this.gate = new FileCallGate(path, time, limits);
        this.files = new GatedFiles(files, gate);
        this.commits = new LogIoLane("log-io-" + path, COMMIT_THREADS, time);
    }

    /** Where it is; absolute. */
    public Path path() {
        return path;
    }

    /** The id that {@code meta.properties} gives it; (0, 2), Kafka's id of a lost one, if it failed before it was read. */
    public Uuid id() {
        return id;
    }

    void setId(Uuid read) {
        id = read;
    }

    /** Whether it can be used. */
    public boolean online() {
        return failure.get() == null;
    }

    /** Why it is offline, if it is. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Size of its volume, in bytes; -1 if that cannot be told. */
    public long totalBytes() {
        try {
            return online() ? files.totalBytes(path) : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** What is free on its volume, in bytes; -1 if that cannot be told. */
    public long usableBytes() {
        try {
            return online() ? files.usableBytes(path) : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** What to make calls on its files with. */
    FileSystemCalls files() {
        return files;
    }

    /** What every call on its files passes. */
    FileCallGate gate() {
        return gate;
    }

    /** The threads on which its logs are brought to the disk. */
    LogIoLane commits() {
        return commits;
    }

    /** @throws AnswerException KAFKA_STORAGE_ERROR, while it does not respond */
    void ensureResponsive() {
        if (!gate.isStalled()) return;
        throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "Log directory " + path + " does not respond");
    }

    /** Ends its threads. */
    void close() {
        gate.close();
        commits.close();
    }

    /**
     * What to throw when a call on its files has failed: want of room concerns this request alone, everything else takes
     * the directory offline. To be used like this: {@code catch (IOException e) { throw directory.refuse("append to
     * orders-0", e); }}
     *
     * @param doing what failed, after "could not"
     */
    HeddleException refuse(String doing, IOException cause) {
        return NoRoom.isCauseOf(cause) ? noRoom(doing, cause) : failed(doing, cause);
    }

    /** Says in the log, once, that the directory is full. */
    NoRoomException noRoom(String doing, IOException cause) {
        lastRefusalNanos = time.nanoseconds();
        if (full.compareAndSet(false, true)) {
            LOG.warn(
                    "Log directory is full, what needs room is refused until there is some:"
                            + " dir={} usableBytes={} could not {} reason={}",
                    path,
                    usableBytes(),
                    doing,
                    cause.getMessage());
        }
        return new NoRoomException(
                "Log directory " + path + " is full: could not " + doing + ": " + cause.getMessage());
    }

    /**
     * Does something that may be left undone where there is no room for it.
     *
     * @param doing what, after "could not"
     * @return whether it was done
     * @throws IOException if it failed for another reason
     */
    boolean ifRoom(String doing, IoWork work) throws IOException {
        try {
            work.run();
            return true;
        } catch (IOException e) {
            if (!NoRoom.isCauseOf(e)) throw e;
            LOG.debug("Left undone: {}", noRoom(doing, e).getMessage());
            return false;
        }
    }

    /** Something was written: after a while in which nothing was refused the log says that there is room again. */
    void wrote() {
        if (!full.get()) return;
        if (time.nanoseconds() - lastRefusalNanos < TimeUnit.MILLISECONDS.toNanos(ROOM_AGAIN_AFTER_MS)) return;
        if (full.compareAndSet(true, false)) {
            LOG.info("Log directory has room again: dir={} usableBytes={}", path, usableBytes());
        }
    }

    /** Whether something was refused lately for want of room. */
    boolean isFull() {
        return full.get();
    }

    /**
     * Takes the directory offline, logs that, and tells the listeners; only the first time.
     *
     * @param doing what failed, after "could not"
     */
    DirectoryOfflineException failed(String doing, IOException cause) {
        if (failure.compareAndSet(null, cause)) {
            LOG.error("Log directory goes offline: dir={} could not {}", path, doing, cause);
            for (Consumer<LogDirectory> listener : offlineListeners) listener.accept(this);
        }
        return new DirectoryOfflineException(
                path, "Log directory " + path + " is offline: could not " + doing + ": " + cause, cause);
    }

    /**
     * Does nothing while it is online.
     *
     * @throws DirectoryOfflineException if it is offline
     */
    void ensureOnline() {
        IOException cause = failure.get();
        if (cause != null) {
            throw new DirectoryOfflineException(path, "Log directory " + path + " is offline: " + cause, cause);
        }
    }

    /** Calls {@code listener} when the directory goes offline, on the thread that found out; it must not block. */
    public void onOffline(Consumer<LogDirectory> listener) {
        offlineListeners.add(listener);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
