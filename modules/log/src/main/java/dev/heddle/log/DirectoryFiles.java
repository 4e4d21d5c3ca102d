package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files that other modules keep in a log directory beside the logs: metadata snapshots, the quorum's state. Any
 * thread may call it; each call may block on the disk.
 *
 * <p>Names are relative to the directory and use {@code /}. Every method throws
 * {@link dev.heddle.common.DirectoryOfflineException} when the disk fails, and the directory is offline then.
 */
public final class DirectoryFiles {

    private final LogDirectory directory;

    /** The files in {@code directory}. */
    public DirectoryFiles(LogDirectory directory) {
        this.directory = directory;
    }

    /** The whole content of a file; null if there is none. */
    public byte @Nullable [] read(String name) {
        Path file = directory.path().resolve(name);
        try {
            return directory.files().exists(file) ? FileIo.readAll(directory.files(), file) : null;
        } catch (IOException e) {
            throw directory.failed("read " + name, e);
        }
    }

    /**
     * Creates or replaces a file so that, whatever happens, either the old or the new content is there, whole. Returns
     * when it is durable.
     *
     * @param temporary where the content is written first; a crash may leave it behind
     * @throws NoRoomException if the disk is full; the old content stays
     */
    public void replace(String name, String temporary, byte[] content) {
        Path path = directory.path();
        try {
            FileIo.replace(directory.files(), path.resolve(name), path.resolve(temporary), content);
            directory.wrote();
        } catch (IOException e) {
            throw directory.refuse("write " + name, e);
        }
    }

    /** The names of what a subdirectory holds, without their path, in order; empty if there is no such subdirectory. */
    public List<String> list(String subdirectory) {
        Path path = directory.path().resolve(subdirectory);
        try {
            if (!directory.files().isDirectory(path)) return List.of();
            return directory.files().list(path).stream()
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw directory.failed("list " + subdirectory, e);
        }
    }

    /** The size of a file, in bytes. */
    public long size(String name) {
        try {
            return directory.files().size(directory.path().resolve(name));
        } catch (IOException e) {
            throw directory.failed("look at " + name, e);
        }
    }

    /** Deletes a file, if there is one. After a crash it may be there again. */
    public void delete(String name) {
        try {
            directory.files().deleteIfExists(directory.path().resolve(name));
        } catch (IOException e) {
            throw directory.failed("delete " + name, e);
        }
    }
}
