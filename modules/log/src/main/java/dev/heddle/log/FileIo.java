package dev.heddle.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What is built from {@link FileSystemCalls}: whole reads and writes, and the atomic replacement of a small file. Any
 * thread may call it; two that replace the same file at once must be kept apart by the caller.
 */
final class FileIo {

    /** Where the new content of a file is written before it takes the file's place, as Kafka does. */
    static final String TEMPORARY_SUFFIX = ".tmp";

    private FileIo() {}

    /** Writes all that remains in {@code source} at {@code position}. */
    static void writeFully(FileChannel channel, ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    /**
     * Fills what remains of {@code target} from {@code position} on.
     *
     * @throws EOFException if the file ends before that
     */
    static void readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) throw new EOFException("File ends at " + at + ", wanted " + target.remaining() + " more");
            at += count;
        }
    }

    /**
     * Makes what was written durable.
     *
     * @throws LostWriteException if that fails
     */
    static void force(FileChannel channel, boolean metadata) throws IOException {
        try {
            channel.force(metadata);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new LostWriteException("A sync failed", e);
        }
    }

    /**
     * Makes the entries of a directory durable.
     *
     * @throws LostWriteException if that fails
     */
    static void syncDirectory(FileSystemCalls files, Path directory) throws IOException {
        try {
            files.syncDirectory(directory);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new LostWriteException("A sync of " + directory + " failed", e);
        }
    }

    /** The whole content of a small file. */
    static byte[] readAll(FileSystemCalls files, Path file) throws IOException {
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            var content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            readFully(channel, content, 0);
            return content.array();
        }
    }

    /** Writes a small file, over what was there. Nothing of it is durable yet. If that fails there is none. */
    static void write(FileSystemCalls files, Path file, byte[] content) throws IOException {
        try (FileChannel channel = files.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            writeFully(channel, ByteBuffer.wrap(content), 0);
        } catch (IOException e) {
            deleteAfter(e, files, file);
            throw e;
        }
    }

    /**
     * Writes all that remains in {@code source} at {@code position}, which is where the file's content ends; if that
     * fails, it ends there again.
     *
     * @throws LostWriteException if it failed, and what it left could not be cut off
     */
    static void append(FileChannel channel, ByteBuffer source, long position) throws IOException {
        try {
            writeFully(channel, source, position);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            cutBack(channel, position, e);
            throw e;
        }
    }

    private static void cutBack(FileChannel channel, long size, IOException failure) throws LostWriteException {
        try {
            if (channel.size() > size) channel.truncate(size);
        } catch (IOException e) {
            e.addSuppressed(failure);
            throw new LostWriteException("What a failed write left could not be cut off", e);
        }
    }

    /**
     * Replaces a small file so that, whatever happens, either the old or the new content is there, whole: the new one is
     * written beside it and synced, renamed over it, and the directory is synced. Returns when it is durable. If there is
     * no room for it, the old one stays, and nothing else: that the sync of the new one failed does no harm then.
     */
    static void replace(FileSystemCalls files, Path file, byte[] content) throws IOException {
        replace(files, file, file.resolveSibling(file.getFileName() + TEMPORARY_SUFFIX), content);
    }

    /** As {@link #replace(FileSystemCalls, Path, byte[])}, with a name of the caller's for the temporary file. */
    static void replace(FileSystemCalls files, Path file, Path temporary, byte[] content) throws IOException {
        try {
            try (FileChannel channel = files.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, ByteBuffer.wrap(content), 0);
                channel.force(true);
            }
            files.rename(temporary, file);
        } catch (IOException e) {
            deleteAfter(e, files, temporary);
            throw e;
        }
        syncDirectory(files, parentOf(file));
    }

    /** Deletes what a failed write has left; that this fails too is only noted. */
    static void deleteAfter(IOException failure, FileSystemCalls files, Path file) {
        try {
            files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The directory a file is in. */
    static Path parentOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }
}
