package dev.heddle.app;

import dev.heddle.log.FileSystemCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The real files, of which those below one directory can be made to hang. Any thread may call it. What is sent to a
 * socket does not hang: that comes out of the page cache, as the log takes care.
 */
final class StallingFiles {

    /** A directory whose disk does not answer, until the latch is open. */
    private record Stall(Path directory, CountDownLatch over) {}

    /** Publishes the stall; null without one. */
    private final AtomicReference<@Nullable Stall> stall = new AtomicReference<>();

    /** The calls to give to a broker. */
    FileSystemCalls calls() {
        return (FileSystemCalls) Proxy.newProxyInstance(
                FileSystemCalls.class.getClassLoader(), new Class<?>[] {FileSystemCalls.class}, this::call);
    }

    /** From now on every call on a file below {@code directory} hangs. */
    void stall(Path directory) {
        stall.set(new Stall(directory.toAbsolutePath(), new CountDownLatch(1)));
    }

    /** Lets everything go on. */
    void release() {
        Stall current = stall.getAndSet(null);
        if (current != null) current.over.countDown();
    }

    private Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
        Path path = (Path) arguments[0];
        pass(path);
        try {
            Object result = method.invoke(FileSystemCalls.REAL, arguments);
            return result instanceof FileChannel file ? new Channel(path, file) : result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void pass(Path path) throws IOException {
        Stall current = stall.get();
        if (current == null || !path.startsWith(current.directory)) return;
        try {
            current.over.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private final class Channel extends FileChannel {

        private final Path path;
        private final FileChannel file;

        Channel(Path path, FileChannel file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            pass(path);
            return file.read(target);
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
            pass(path);
            return file.read(targets, offset, length);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            pass(path);
            return file.read(target, position);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            pass(path);
            return file.write(source);
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
            pass(path);
            return file.write(sources, offset, length);
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            pass(path);
            return file.write(source, position);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            pass(path);
            file.force(metaData);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            pass(path);
            file.truncate(size);
            return this;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            if (target instanceof FileChannel) pass(path);
            return file.transferTo(position, count, target);
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            pass(path);
            return file.transferFrom(source, position, count);
        }

        @Override
        public long size() throws IOException {
            pass(path);
            return file.size();
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
}
