package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What producers and consumers at the tail notice while another consumer reads a backlog from the disk. The backlog is
 * taken out of the page cache before ({@code dd iflag=nocache}, Linux).
 */
public final class ColdReads {

    private static final String BACKLOG = "backlog";
    private static final String TAIL = "tail";
    private static final int OBSERVERS = 4;
    private static final double RATE = 100;
    private static final int WARM_UP_MS = 10_000;
    private static final int FETCH_BYTES = 1 << 20;
    private static final int RECORDS_IN_BATCH = 60;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 1_000, Compression.NONE);
    private static final Frames.Batch LARGE = new Frames.Batch(RECORDS_IN_BATCH, 16_000, Compression.NONE);

    private final String strategy;
    private final int seconds;
    private final long backlogBytes;

    private ColdReads(String strategy, int seconds, long backlogBytes) {
        this.strategy = strategy;
        this.seconds = seconds;
        this.backlogBytes = backlogBytes;
    }

    /** Arguments: strategies, separated by commas; seconds of each phase; the backlog in MB; rounds. */
    public static void main(String[] args) throws Exception {
        String strategies = args.length > 0 ? args[0] : "virtual";
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
        long backlogBytes = 1_000_000L * (args.length > 2 ? Integer.parseInt(args[2]) : 4_000);
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        Comparison.rounds(strategies, rounds, strategy -> new ColdReads(strategy, seconds, backlogBytes).run());
    }

    private Map<String, Double> run() throws IOException, ExecutionException, InterruptedException {
        Path root = Files.createTempDirectory(Path.of(System.getProperty("user.dir")), "cold-reads");
        List<String> config =
                List.of("listeners=PLAINTEXT://localhost:0", "log.dirs=" + root, "handler.strategy=" + strategy);
        try (var broker = new StallableProcess(config)) {
            createTopics(broker.port());
            fill(broker.port());
            dropFromCache(root);
            try (var driver = new LoadDriver();
                    var reader = new LoadDriver()) {
                driver.connect(broker.port(), Load.open("produce acks=1", ApiKeys.PRODUCE, produces(), RATE));
                driver.connect(broker.port(), Load.open("end to end", ApiKeys.FETCH, tailFetches(), RATE));
                driver.run(Duration.ofMillis(WARM_UP_MS));
                Map<String, Measured> normal = driver.run(Duration.ofSeconds(seconds));
                reader.connect(broker.port(), Load.closed("backlog", ApiKeys.FETCH, List.of(backlogFetches()), 1));
                // On a thread of its own: the driver that observes must not be held up by megabytes.
                var backlog = new FutureTask<>(() -> reader.run(Duration.ofSeconds(seconds)));
                Thread.ofPlatform().name("backlog-reader").start(backlog);
                Map<String, Measured> during = driver.run(Duration.ofSeconds(seconds));
                System.out.printf(
                        "  backlog read at %.0f MB/s%n",
                        backlog.get().get("backlog").bytes() / 1e6 / seconds);
                return Comparison.print(normal, during);
            }
        } finally {
            Directories.delete(root);
        }
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
        long requests = backlogBytes / frame.remaining();
        try (var driver = new LoadDriver()) {
            driver.connect(port, Load.closed("fill", ApiKeys.PRODUCE, Load.same(frame, 1), 4));
            for (long sent = 0; sent < requests; )
                sent += driver.run(Duration.ofMillis(500)).get("fill").count();
        }
    }

    private static void dropFromCache(Path root) throws IOException, InterruptedException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(it -> it.toString().endsWith(".log")).toList()) {
                int exit = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                        .inheritIO()
                        .start()
                        .waitFor();
                if (exit != 0) throw new IOException("dd could not drop " + file + " from the page cache");
            }
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
