package dev.heddle.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/**
 * Every call that the log makes on files and directories goes through here, or through a channel opened here. Any
 * thread may call it; each call may block on the disk.
 *
 * <p>It is a seam: an implementation of it can count calls, bound them, make them fail or hang, or forget what was never
 * synced. {@link FileChannel} is an abstract class, so an implementation may return channels of its own, and sees every
 * {@code read}, {@code write}, {@code force}, {@code truncate} and {@code transferTo} too. The log maps no files.
 */
public interface FileSystemCalls {

    /** The machine's own file system. */
    FileSystemCalls REAL = new RealFileSystem();

    /** Opens a file. */
    FileChannel open(Path file, OpenOption... options) throws IOException;

    /** Renames within one file system, atomically, replacing a file that is in the way. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file or an empty directory; false if there was none. */
    boolean deleteIfExists(Path path) throws IOException;

    /** Creates a directory and its missing parents. */
    void createDirectories(Path directory) throws IOException;

    /** Makes the directory's entries durable: creations, renames and deletions in it. */
    void syncDirectory(Path directory) throws IOException;

    /** What a directory holds, in no particular order. */
    List<Path> list(Path directory) throws IOException;

    /** Whether there is such a file or directory. */
    boolean exists(Path path) throws IOException;

    /** Whether there is such a directory. */
    boolean isDirectory(Path path) throws IOException;

    /** The size of a file, in bytes. */
    long size(Path file) throws IOException;

    /** When the file was last written to, in milliseconds since the epoch. */
    long lastModifiedMs(Path file) throws IOException;

    /** Sets what {@link #lastModifiedMs} returns. */
    void setLastModifiedMs(Path file, long timestampMs) throws IOException;

    /** Size of the volume that holds the path, in bytes. */
    long totalBytes(Path path) throws IOException;

    /** What is still free for us on the volume that holds the path, in bytes. */
    long usableBytes(Path path) throws IOException;
}
