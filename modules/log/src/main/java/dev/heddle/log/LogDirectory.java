package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the directories in {@code log.dirs}. Any thread may call it. A directory that has failed stays offline until the
 * broker starts again.
 */
public final class LogDirectory {

    /** Kafka's id of a directory that is lost. */
    static final Uuid LOST = new Uuid(0, 2);

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    private final FileSystemCalls files;
    private final Path path;

    /** Publishes the id, which is known once {@code meta.properties} has been read. */
    private volatile Uuid id = LOST;

    /** Publishes why the directory is offline; null while it is online. */
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    private final CopyOnWriteArrayList<Consumer<LogDirectory>> offlineListeners = new CopyOnWriteArrayList<>();

    /** @param path absolute */
    LogDirectory(FileSystemCalls files, Path path) {
        this.files = files;
        this.path = path;
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

    /**
     * Takes the directory offline, logs that, and tells the listeners; only the first time. To be used like this: {@code
     * catch (IOException e) { throw directory.failed("append to orders-0", e); }}
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
