package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What producers and consumers at the tail notice while another consumer reads a backlog at a fixed rate. Two controls tell
 * the broker's part from the machine's: the same backlog from the page cache, which costs as much of the processors, and
 * the same files read by this program at the same rate, which costs as much of the disk and nothing of the broker. The
 * thread that runs the benchmark uses it.
 */
record BacklogReader() implements Scenario {

    private static final String BACKLOG = "cold-backlog";
    private static final String TAIL = "beside-cold-backlog";
    private static final double TAIL_RATE = 1_600;
    private static final double READ_MB_PER_SECOND = 125;
    private static final int BACKLOG_MB = 250;
    private static final int RECORDS_IN_BATCH = 60;
    private static final Frames.Batch LARGE = new Frames.Batch(RECORDS_IN_BATCH, 16_000, Compression.NONE);

    /** Each fetch brings one batch. */
    private static final int FETCH_BYTES = LARGE.encode().sizeInBytes();

    private static final double FETCHES_PER_SECOND = READ_MB_PER_SECOND * 1e6 / FETCH_BYTES;
    private static final Frames.Batch SMALL = new Frames.Batch(1, 1_000, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(1_200);
    private static final Duration SETTLE = Duration.ofMillis(200);

    /** In which less than the backlog is read. */
    private static final Duration LONGEST = Duration.ofMillis(1_800);

    private static final String FIRST_SEGMENT = "00000000000000000000.log";

    private static final Metric PRODUCE = Metric.less("produce p99, with a reader, of without", "times");
    private static final Metric END_TO_END = Metric.less("end-to-end p99, with a reader, of without", "times");
    private static final Metric CACHED =
            Metric.context("end-to-end p99, with the page cache read, of without", "times");
    private static final Metric BY_ITSELF =
            Metric.context("end-to-end p99, with the disk read by another program, of without", "times");
    private static final Metric FROM_DISK = Metric.context("read from the disk", "%");
    private static final Metric RATE = Metric.context("backlog read", "MB/s");

    @Override
    public String name() {
        return "backlog-reader";
    }

    @Override
    public String about() {
        return String.format(
                "%.0f records a second of 1 kB are produced and fetched at the tail, without and with a consumer that reads,"
                        + " at %.0f MB/s, a backlog that the page cache has forgotten; then one that reads what is in the page"
                        + " cache, and a program that reads the same files without the broker",
                TAIL_RATE, READ_MB_PER_SECOND);
    }

    @Override
    public Duration time(Duration usual) {
        return usual.multipliedBy(7).dividedBy(4);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(BACKLOG, 1, (short) 1));
        Topics.create(broker, new NewTopic(TAIL, TailSession.PARTITIONS, (short) 1).configs(Scenarios.SMALL));
        ByteBuffer frame = Frames.produce(BACKLOG, 0, (short) 1, LARGE);
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), Load.closed("fill", ApiKeys.PRODUCE, Load.same(frame, 1), 2));
            for (long sent = 0; sent * frame.remaining() < BACKLOG_MB * 1e6; )
                sent += driver.run(Duration.ofMillis(200)).get("fill").count();
        }
    }

    @Override
    public void tidyUp(Broker broker) throws Exception {
        Topics.delete(broker, BACKLOG);
        Topics.delete(broker, TAIL);
    }

    /** Somebody who reads the backlog for so long, and returns how many bytes that were. */
    private interface Reader {
        long read(Duration time) throws IOException;
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration planned) throws Exception {
        Duration time = planned.compareTo(LONGEST) < 0 ? planned : LONGEST;
        Path files = broker.directory().resolve("data").resolve(BACKLOG + "-0");
        PageCache.forget(files);
        try (var others = new TailSession(broker, TAIL, SMALL, TAIL_RATE)) {
            others.run(RAMP_UP.plus(planned.minus(time))); // more only where a broker is to be warmed up
            Tails alone = Tails.of(others, others.run(time));
            long diskBefore = broker.process().readFromDiskBytes();
            Usage usage = Usage.from(broker);
            Beside cold = beside(others, time, during -> fetchBacklog(broker, during));
            Usage.Used used = usage.until();
            double fromDisk = broker.process().readFromDiskBytes() - diskBefore;
            Duration control = time.dividedBy(2);
            Beside cached = beside(others, control, during -> fetchBacklog(broker, during));
            PageCache.forget(files);
            Beside byItself = beside(others, control, during -> readFiles(files, during));

            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(END_TO_END, cold.tails.endToEndMs / alone.endToEndMs);
            found.put(PRODUCE, cold.tails.produceMs / alone.produceMs);
            cold.tails.addTo(found, "with a reader");
            alone.addTo(found, "without a reader");
            found.put(CACHED, cached.tails.endToEndMs / alone.endToEndMs);
            found.put(BY_ITSELF, byItself.tails.endToEndMs / alone.endToEndMs);
            found.put(RATE, cold.readBytes / 1e3 / time.toMillis());
            found.put(FROM_DISK, 100 * fromDisk / cold.readBytes);
            used.addTo(found);
            return found;
        }
    }

    /** What those at the tail noticed, at the 99th percentile. */
    private record Tails(double produceMs, double endToEndMs) {

        static Tails of(TailSession session, Measured produced) {
            return new Tails(produced.latencyMs(99), session.endToEndNanos().getValueAtPercentile(99) / 1e6);
        }

        void addTo(Map<Metric, Double> found, String when) {
            found.put(Metric.less("end-to-end p99, " + when, "ms"), endToEndMs);
            found.put(Metric.less("produce p99, " + when, "ms"), produceMs);
        }
    }

    /** The same beside a reader, and how much that one read. */
    private record Beside(Tails tails, long readBytes) {}

    /**
     * The reader has a thread of its own: who observes must not be held up by megabytes. Before it begins, the others make
     * up for the time since they ran last.
     */
    private static Beside beside(TailSession others, Duration time, Reader reader) throws Exception {
        others.run(SETTLE);
        var reading = new FutureTask<>(() -> reader.read(time));
        Thread.ofPlatform().name("backlog-reader").start(reading);
        Tails tails = Tails.of(others, others.run(time));
        return new Beside(tails, reading.get());
    }

    private static long fetchBacklog(Broker broker, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), Load.open(BACKLOG, ApiKeys.FETCH, List.of(fetches()), FETCHES_PER_SECOND));
            return driver.run(time).get(BACKLOG).bytes();
        }
    }

    /** One batch after another, each nearly a megabyte. */
    private static Requests fetches() {
        FetchFrame frame = FetchFrame.of(BACKLOG, 0, FETCH_BYTES, 500);
        var offset = new AtomicLong();
        return due -> frame.at(offset.getAndAdd(RECORDS_IN_BATCH));
    }

    /** Reads the file in pieces as large as a fetch, at the same rate. */
    private static long readFiles(Path directory, Duration time) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(FETCH_BYTES);
        long start = System.nanoTime();
        long bytes = 0;
        try (var channel = FileChannel.open(directory.resolve(FIRST_SEGMENT))) {
            while (System.nanoTime() - start < time.toNanos() && channel.read(piece.clear()) > 0) {
                bytes += piece.position();
                long due = start + (long) (bytes / piece.capacity() / FETCHES_PER_SECOND * 1e9);
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
        return bytes;
    }
}
