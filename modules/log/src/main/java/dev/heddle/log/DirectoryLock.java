package dev.heddle.log;

import dev.heddle.common.StopBrokerException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The lock on {@code .lock} that keeps two brokers from using one directory. The start-up thread takes and releases it;
 * the operating system releases it when the process ends.
 */
final class DirectoryLock implements AutoCloseable {

    static final String NAME = ".lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws StopBrokerException if another broker has it
     */
    static DirectoryLock take(FileSystemCalls files, Path directory) throws IOException {
        FileChannel channel = files.open(
                directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            FileLock lock = channel.tryLock();
            taken = lock != null;
        } catch (OverlappingFileLockException e) {
            taken = false; // by a broker in this very process
        } finally {
            if (!taken) channel.close();
        }
        if (taken) return new DirectoryLock(channel);
        throw new StopBrokerException("Log directory " + directory + " is in use by another broker: its " + NAME
                + " is locked. Stop that one, or use another directory");
    }

    /** Releases it. The file stays: to delete it would let two brokers lock different ones. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
