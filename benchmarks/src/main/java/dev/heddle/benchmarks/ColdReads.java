package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What producers and consumers at the tail notice while another consumer reads a backlog from the disk. Two controls
 * beside it tell the broker's part from the machine's: the same backlog from the page cache, which costs as much of the
 * processors, and the same files read by this program at the same rate, which costs as much of the disk and nothing of
 * the broker. Files are taken out of the page cache with {@code dd iflag=nocache} (Linux).
 */
public final class ColdReads {

    private static final String BACKLOG = "backlog";
    private static final String TAIL = "tail";
    private static final int OBSERVERS = 4;
    private static final double RATE = 100;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final int FETCH_BYTES = 1 << 20;
    private static final int RECORDS_IN_BATCH = 60;
    private static final int RECORD_BYTES = 16_000;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 1_000, Compression.NONE);
    private static final Frames.Batch LARGE = new Frames.Batch(RECORDS_IN_BATCH, RECORD_BYTES, Compression.NONE);

    private final String strategy;
    private final Duration phase;
    private final double fetchesPerSecond;

    private ColdReads(String strategy, Duration phase, double megabytesPerSecond) {
        this.strategy = strategy;
        this.phase = phase;
        this.fetchesPerSecond = megabytesPerSecond * 1e6 / (RECORDS_IN_BATCH * RECORD_BYTES);
    }

    /** Arguments: strategies, separated by commas; seconds of each phase; MB/s of the backlog's reader; rounds. */
    public static void main(String[] args) throws Exception {
        String strategies = args.length > 0 ? args[0] : "virtual";
        Duration phase = Duration.ofSeconds(args.length > 1 ? Integer.parseInt(args[1]) : 10);
        double rate = args.length > 2 ? Double.parseDouble(args[2]) : 125;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        Comparison.rounds(strategies, rounds, strategy -> new ColdReads(strategy, phase, rate).run());
    }

    private Map<String, Double> run() throws IOException, ExecutionException, InterruptedException {
        Path root = Files.createTempDirectory(Path.of(System.getProperty("user.dir")), "cold-reads");
        List<String> config =
                List.of("listeners=PLAINTEXT://localhost:0", "log.dirs=" + root, "handler.strategy=" + strategy);
        try (var broker = new StallableProcess(config)) {
            createTopics(broker.port());
            fill(broker.port());
            try (var driver = new LoadDriver()) {
                driver.connect(broker.port(), Load.open("produce acks=1", ApiKeys.PRODUCE, produces(), RATE));
                driver.connect(broker.port(), Load.open("end to end", ApiKeys.FETCH, tailFetches(), RATE));
                beside(driver, WARM_UP, time -> fetchBacklog(broker.port(), time));
                Map<String, Double> ratios = new LinkedHashMap<>();
                compare(driver, "cached", ratios, time -> fetchBacklog(broker.port(), time));
                dropFromCache(root);
                var cold = compare(driver, "cold", ratios, time -> fetchBacklog(broker.port(), time));
                dropFromCache(root);
                var disk = compare(driver, "disk alone", ratios, time -> readFiles(root, time));
                cold.forEach((name, with) -> ratios.put(
                        name + ", cold over disk alone",
                        with.latencyMs(99) / disk.get(name).latencyMs(99)));
                return ratios;
            }
        } finally {
            Directories.delete(root);
        }
    }

    /** Somebody who reads the backlog for so long. */
    private interface Reader {
        /** Returns how many bytes were read. */
        long read(Duration time) throws IOException;
    }

    /** Returns what the observers measured beside the reader. */
    private Map<String, Measured> compare(LoadDriver observers, String title, Map<String, Double> ratios, Reader reader)
            throws IOException, ExecutionException, InterruptedException {
        System.out.println("  " + title);
        observers.run(SETTLE);
        Map<String, Measured> normal = observers.run(phase);
        Map<String, Measured> disturbed = beside(observers, phase, reader);
        Comparison.print(normal, disturbed).forEach((name, ratio) -> ratios.put(name + ", " + title, ratio));
        return disturbed;
    }

    /** What the observers measure while a reader is at work, on a thread of its own: megabytes must not hold them up. */
    private static Map<String, Measured> beside(LoadDriver observers, Duration time, Reader reader)
            throws IOException, ExecutionException, InterruptedException {
        var reading = new FutureTask<>(() -> reader.read(time));
        Thread.ofPlatform().name("backlog-reader").start(reading);
        Map<String, Measured> during = observers.run(time);
        System.out.printf("  backlog read at %.0f MB/s%n", reading.get() / 1e3 / time.toMillis());
        return during;
    }

    private long fetchBacklog(int port, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(port, Load.open(BACKLOG, ApiKeys.FETCH, List.of(backlogFetches()), fetchesPerSecond));
            return driver.run(time).get(BACKLOG).bytes();
        }
    }

    /** Reads the backlog's files in pieces as large as a fetch, at the same rate. */
    private long readFiles(Path root, Duration time) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(RECORDS_IN_BATCH * RECORD_BYTES);
        long start = System.nanoTime();
        long end = start + time.toNanos();
        long bytes = 0;
        for (Path file : logFiles(root)) {
            try (var channel = FileChannel.open(file)) {
                while (System.nanoTime() < end && channel.read(piece.clear()) > 0) {
                    bytes += piece.position();
                    long due = start + (long) (bytes / piece.capacity() / fetchesPerSecond * 1e9);
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            }
        }
        return bytes;
    }

    private static void createTopics(int port) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", "localhost:" + port))) {
            admin.createTopics(List.of(
                            new NewTopic(BACKLOG, 1, (short) 1),
                            new NewTopic(TAIL, OBSERVERS, (short) 1)
                                    .configs(Map.of("heddle.durability", "page-cache"))))
                    .all()
                    .get();
        }
    }

    private void fill(int port) throws IOException {
        ByteBuffer frame = Frames.produce(BACKLOG, 0, (short) -1, LARGE);
        double requests = fetchesPerSecond * Math.max(phase.toSeconds(), WARM_UP.toSeconds());
        try (var driver = new LoadDriver()) {
            driver.connect(port, Load.closed("fill", ApiKeys.PRODUCE, Load.same(frame, 1), 4));
            for (long sent = 0; sent < requests; )
                sent += driver.run(Duration.ofMillis(500)).get("fill").count();
        }
    }

    private static void dropFromCache(Path root) throws IOException, InterruptedException {
        for (Path file : logFiles(root)) {
            int exit = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) throw new IOException("dd could not drop " + file + " from the page cache");
        }
    }

    private static List<Path> logFiles(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(it -> it.toString().endsWith(".log")).toList();
        }
    }

    private static List<Requests> produces() {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < OBSERVERS; i++) {
            ByteBuffer frame = Frames.produce(TAIL, i, (short) 1, RECORD);
            all.add(Requests.repeat(frame));
        }
        return all;
    }

    /** Each asks for one record, at the time at which it is due to be sent: what it takes is the way end to end. */
    private static List<Requests> tailFetches() {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < OBSERVERS; i++) {
            int partition = i;
            var offset = new AtomicLong();
            all.add(due -> Frames.fetch(TAIL, partition, offset.getAndIncrement(), FETCH_BYTES, 10_000));
        }
        return all;
    }

    /** One batch after another, each nearly a megabyte; what is asked for beyond the end is waited for. */
    private static Requests backlogFetches() {
        var offset = new AtomicLong();
        return due -> Frames.fetch(BACKLOG, 0, offset.getAndAdd(RECORDS_IN_BATCH), FETCH_BYTES, 10_000);
    }
}
