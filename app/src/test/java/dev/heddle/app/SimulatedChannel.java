package dev.heddle.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * An open file of a {@link SimulatedDisk}. Any thread may call it; like a real one it goes on working when its file is
 * renamed or deleted.
 */
final class SimulatedChannel extends FileChannel {

    private final SimulatedDisk disk;
    private final Path path;
    private final SimulatedFile file;

    /** For the calls without a position, which one thread at a time makes. */
    private volatile int position;

    SimulatedChannel(SimulatedDisk disk, Path path, SimulatedFile file) {
        this.disk = disk;
        this.path = path;
        this.file = file;
        disk.opened(this, file);
    }

    /** Whoever held the lock is no more. */
    boolean isOfDeadProcess() {
        return disk.isOff();
    }

    private <T> T call(DiskCall call, SimulatedDisk.Work<T> work) throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        return disk.call(call, path, number -> {
            if (!isOpen()) throw new ClosedChannelException();
            return work.run(number);
        });
    }

    @Override
    public int read(ByteBuffer target, long from) throws IOException {
        byte[] bytes = new byte[target.remaining()];
        int count = call(DiskCall.READ, number -> bytes.length == 0 ? 0 : file.read(Math.toIntExact(from), bytes));
        if (count > 0) target.put(bytes, 0, count);
        return count;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int count = read(target, position);
        if (count > 0) position += count;
        return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].remaining() == 0) continue;
            int count = read(targets[i]);
            if (count < 0) return total == 0 ? -1 : total;
            total += count;
        }
        return total;
    }

    /** Where it fails, the first half has been written: so it is when a disk runs full. */
    @Override
    public int write(ByteBuffer source, long to) throws IOException {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        try {
            call(DiskCall.WRITE, number -> {
                disk.takeRoom(to + bytes.length - file.size());
                return put(number, to, bytes);
            });
        } catch (IOException e) {
            if (isOpen() && !disk.isOff()) disk.halfDone(number -> put(number, to, firstHalf(bytes)));
            throw e;
        }
        source.position(source.limit());
        return bytes.length;
    }

    private boolean put(long number, long to, byte[] bytes) {
        file.write(number, Math.toIntExact(to), bytes, System.currentTimeMillis());
        return true;
    }

    private static byte[] firstHalf(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length / 2);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = write(source, position);
        position += count;
        return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) total += write(sources[i]);
        return total;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        try {
            call(DiskCall.FORCE, number -> {
                file.sync();
                return true;
            });
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            if (!disk.isOff())
                disk.halfDone(number -> {
                    file.syncFails(new Random(number));
                    return true;
                });
            throw e;
        }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        call(DiskCall.TRUNCATE, number -> {
            file.truncate(number, Math.toIntExact(size), System.currentTimeMillis());
            return true;
        });
        return this;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public FileChannel position(long newPosition) {
        position = Math.toIntExact(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return call(DiskCall.CHANNEL_SIZE, number -> (long) file.size());
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 20));
        if (read(buffer, from) <= 0) return 0;
        return target.write(buffer.flip());
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long to, long count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 20));
        if (source.read(buffer) <= 0) return 0;
        return write(buffer.flip(), to);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw new UnsupportedOperationException("The log maps no files");
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) {
        throw new UnsupportedOperationException("The log only tries to lock");
    }

    @Override
    public FileLock tryLock(long from, long size, boolean shared) throws IOException {
        return call(DiskCall.LOCK, number -> {
            if (!file.lock(this)) throw new OverlappingFileLockException();
            return new Lock(this, from, size, shared);
        });
    }

    @Override
    protected void implCloseChannel() {
        disk.closed(this);
        file.unlock(this);
    }

    private static final class Lock extends FileLock {

        private final SimulatedChannel channel;

        Lock(SimulatedChannel channel, long position, long size, boolean shared) {
            super(channel, position, size, shared);
            this.channel = channel;
        }

        @Override
        public boolean isValid() {
            return channel.isOpen() && channel.file.isLockedBy(channel);
        }

        @Override
        public void release() {
            channel.file.unlock(channel);
        }
    }
}
