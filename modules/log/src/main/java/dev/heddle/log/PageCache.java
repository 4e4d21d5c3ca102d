package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Regions of files in the machine's page cache: whether they are there, and bringing them there, without bringing them
 * into the JVM. Any thread may call it.
 */
final class PageCache {

    private static final Path NULL_DEVICE = Path.of("/dev/null");

    /** Where the bytes go: the null device, to which Linux "sends" pages of a file without copying them. */
    private static final WritableByteChannel SINK = openSink();

    private PageCache() {}

    /**
     * Whether all of a region is in the page cache, as the kernel says; false where it cannot be asked. Takes no disk: the
     * region is mapped for as long as the question takes, and not touched. 6 µs, and 20 µs more for each MB.
     */
    static boolean holds(FileChannel file, long position, long sizeInBytes) throws IOException {
        FileChannel real = file instanceof GatedChannel gated ? gated.file() : file;
        return MappedRegion.isLoaded(real, position, sizeInBytes);
    }

    /** Returns when the region has been read, or as much of it as the file has; how many bytes that were. */
    static long load(FileChannel file, long position, long sizeInBytes) throws IOException {
        long end = position + sizeInBytes;
        long at = position;
        while (at < end) {
            long sent = file.transferTo(at, end - at, SINK);
            if (sent <= 0) break;
            at += sent;
        }
        return at - position;
    }

    private static WritableByteChannel openSink() {
        try {
            if (Files.exists(NULL_DEVICE)) return FileChannel.open(NULL_DEVICE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            return new Swallow();
        }
        return new Swallow();
    }

    /** For machines without such a device: the bytes are copied into the JVM and forgotten. */
    private static final class Swallow implements WritableByteChannel {

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
