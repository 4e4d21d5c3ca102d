package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * A file of a log directory, each call on which passes the directory's {@link FileCallGate}. Any thread may call it. A
 * caller whose call is made by another thread must leave its buffers alone until that is done, which it does: it waits.
 */
final class GatedChannel extends FileChannel {

    private final FileChannel file;
    private final FileCallGate gate;

    GatedChannel(FileChannel file, FileCallGate gate) {
        this.file = file;
        this.gate = gate;
    }

    /** The file itself, for calls that take no disk. */
    FileChannel file() {
        return file;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.read(target));
        try {
            return file.read(target);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.read(target, position));
        try {
            return file.read(target, position);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.read(targets, offset, length));
        try {
            return file.read(targets, offset, length);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.write(source));
        try {
            return file.write(source);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.write(source, position));
        try {
            return file.write(source, position);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.write(sources, offset, length));
        try {
            return file.write(sources, offset, length);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.transferTo(position, count, target));
        try {
            return file.transferTo(position, count, target);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(() -> file.transferFrom(source, position, count));
        try {
            return file.transferFrom(source, position, count);
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) {
            gate.onLane(() -> file.truncate(size));
            return this;
        }
        try {
            file.truncate(size);
            return this;
        } finally {
            gate.leave(slot);
        }
    }

    @Override
    public long size() throws IOException {
        int slot = gate.enter();
        if (slot == FileCallGate.FULL) return gate.onLane(file::size);
        try {
            return file.size();
        } finally {
            gate.leave(slot);
        }
    }

    /** A sync may take as long as the disk has work: no virtual thread makes it itself. */
    @Override
    public void force(boolean metaData) throws IOException {
        gate.sync(() -> file.force(metaData));
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        file.position(newPosition);
        return this;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException("The log maps no files");
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return file.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }
}
