package dev.heddle.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/**
 * The file calls of one log directory, each of which passes its {@link FileCallGate}. Any thread may call it; a virtual
 * thread may be parked instead of being blocked.
 */
final class GatedFiles implements FileSystemCalls {

    private final FileSystemCalls files;
    private final FileCallGate gate;

    GatedFiles(FileSystemCalls files, FileCallGate gate) {
        this.files = files;
        this.gate = gate;
    }

    private <T> T call(LogState.IoCall<T> call) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(call);
        try {
            return call.run();
        } finally {
            gate.leave(slot);
        }
    }

    private void run(IoWork work) throws IOException {
        call(() -> {
            work.run();
            return true;
        });
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        return new GatedChannel(call(() -> files.open(file, options)), gate);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        run(() -> files.rename(from, to));
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        return call(() -> files.deleteIfExists(path));
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        run(() -> files.createDirectories(directory));
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        gate.sync(() -> files.syncDirectory(directory));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return call(() -> files.list(directory));
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return call(() -> files.exists(path));
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return call(() -> files.isDirectory(path));
    }

    @Override
    public long size(Path file) throws IOException {
        return call(() -> files.size(file));
    }

    @Override
    public long lastModifiedMs(Path file) throws IOException {
        return call(() -> files.lastModifiedMs(file));
    }

    @Override
    public void setLastModifiedMs(Path file, long timestampMs) throws IOException {
        run(() -> files.setLastModifiedMs(file, timestampMs));
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return call(() -> files.totalBytes(path));
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return call(() -> files.usableBytes(path));
    }
}
