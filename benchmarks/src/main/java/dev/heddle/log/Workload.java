package dev.heddle.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Records, logs full of them, and a place for their files. Any thread may call it. */
public final class Workload {

    static final TopicPartition PARTITION = new TopicPartition("measured", 0);

    static final Uuid TOPIC_ID = new Uuid(3, 1);

    static final long FIRST_TIMESTAMP = System.currentTimeMillis() - 60_000_000;

    private static final int VALUE_BYTES = 100;
    private static final String WORDS = "warp weft shuttle heddle reed beam treadle pick bobbin selvage ";

    private Workload() {}

    /** A batch of 100-byte values without keys, as a producer sends it. */
    static MemoryRecords batch(int records, Compression compression) {
        return batch(records, compression, FIRST_TIMESTAMP, null);
    }

    /** @param keys draws a key for each record; null for none */
    static MemoryRecords batch(int records, Compression compression, long timestamp, Keys keys) {
        var random = new Random(timestamp);
        SimpleRecord[] all = new SimpleRecord[records];
        for (int i = 0; i < records; i++)
            all[i] = new SimpleRecord(timestamp, keys == null ? null : keys.next(), value(random));
        return MemoryRecords.withRecords(compression, all);
    }

    /** Text that compresses to about half. */
    private static byte[] value(Random random) {
        var text = new StringBuilder(VALUE_BYTES + 20);
        while (text.length() < VALUE_BYTES) {
            int from = random.nextInt(WORDS.length() - 8);
            text.append(WORDS, from, from + 8).append(random.nextInt(100_000));
        }
        text.setLength(VALUE_BYTES);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Where each broker has received records: Heddle in a pooled direct buffer, Apache Kafka on the heap. */
    static MemoryRecords received(MemoryRecords records, Implementation by) {
        ByteBuffer bytes = records.buffer().duplicate();
        ByteBuffer copy = by == Implementation.HEDDLE
                ? ByteBuffer.allocateDirect(bytes.remaining())
                : ByteBuffer.allocate(bytes.remaining());
        return MemoryRecords.readableRecords(copy.put(bytes).flip());
    }

    /** Keys of 8 bytes, drawn from so many. */
    record Keys(Random random, int count) {
        byte[] next() {
            return String.format("%08d", random.nextInt(count)).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Fills a log with batches of 16 kB, one a second, and closes it as a crash does. */
    static void fill(Path directory, LogShape shape, int megabytes, Compression compression, Keys keys) {
        int records = keys == null ? 150 : 140;
        try (MeasuredLog log = Implementation.HEDDLE.open(directory, shape)) {
            long bytes = 0;
            for (int batch = 0; bytes < ((long) megabytes << 20); batch++) {
                MemoryRecords next = batch(records, compression, FIRST_TIMESTAMP + batch * 1_000L, keys);
                log.append(next);
                bytes += next.sizeInBytes();
            }
            log.rollAndFlush();
        }
    }

    /** The offset after the last whole batch in {@code buffer}, from its first byte on. */
    static long nextOffset(ByteBuffer buffer, long offset) {
        int position = 0;
        long next = offset;
        while (buffer.limit() - position >= RecordBatchLayout.RECORDS) {
            int size = buffer.getInt(position + RecordBatchLayout.LENGTH) + RecordBatchLayout.LENGTH + Integer.BYTES;
            if (position + size > buffer.limit()) break;
            next = buffer.getLong(position) + buffer.getInt(position + RecordBatchLayout.LAST_OFFSET_DELTA) + 1;
            position += size;
        }
        return next;
    }

    /**
     * A new directory, in memory if the machine has such a file system: what is measured is code and not a disk. {@code
     * -Dheddle.benchmarks.dir=…} chooses another place.
     */
    public static Path newDirectory() {
        Path memory = Path.of("/dev/shm");
        String fallback = Files.isWritable(memory) ? memory.toString() : System.getProperty("java.io.tmpdir");
        try {
            return Files.createTempDirectory(
                    Path.of(System.getProperty("heddle.benchmarks.dir", fallback)), "heddle-benchmark");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(target);
                else Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a directory, from which the log's own background work may be deleting too. */
    public static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                    Files.deleteIfExists(emptied);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
