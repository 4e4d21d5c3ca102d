package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * A consumer reads a backlog that is not in the page cache, and what others notice of it: producers and consumers at the
 * tail, at a small rate. The thread that runs the benchmark uses it.
 *
 * @param megabytes of the backlog, more than are read in a measurement
 */
record ColdCatchUp(int megabytes) implements Scenario {

    private static final String BACKLOG = "backlog";
    private static final String TAIL = "beside-backlog";
    private static final int RECORDS_IN_BATCH = 60;
    private static final int FETCH_BYTES = 1 << 20;
    private static final double TAIL_RATE = 800;
    private static final Frames.Batch LARGE = new Frames.Batch(RECORDS_IN_BATCH, 16_000, Compression.NONE);
    private static final Frames.Batch SMALL = new Frames.Batch(1, 1_000, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(300);

    private static final Metric FROM_DISK = Metric.context("read from the disk", "%");
    private static final Metric QUIET_P99 = Metric.P99.of("end-to-end, undisturbed");
    private static final Metric BESIDE_P50 = Metric.P50.of("end-to-end, beside the reader");
    private static final Metric BESIDE_P99 = Metric.P99.of("end-to-end, beside the reader");

    @Override
    public String name() {
        return "catch-up-cold";
    }

    @Override
    public String about() {
        return String.format(
                "a consumer reads a backlog of %,d MB that the page cache has forgotten; beside it %.0f records a second of"
                        + " 1 kB are produced and fetched at the tail",
                megabytes, TAIL_RATE);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(BACKLOG, 1, (short) 1));
        Topics.create(broker, new NewTopic(TAIL, TailSession.PARTITIONS, (short) 1));
        ByteBuffer frame = Frames.produce(BACKLOG, 0, (short) 1, LARGE);
        long requests = 1_000_000L * megabytes / frame.remaining();
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), Load.closed("fill", ApiKeys.PRODUCE, Load.same(frame, 1), 2));
            for (long sent = 0; sent < requests; )
                sent += driver.run(Duration.ofMillis(200)).get("fill").count();
        }
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        PageCache.forget(broker.directory());
        try (var others = new TailSession(broker, TAIL, SMALL, TAIL_RATE);
                var reader = new LoadDriver()) {
            others.run(RAMP_UP);
            others.run(time);
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(QUIET_P99, ms(others.endToEndNanos(), 99));
            reader.connect(broker.port(), Load.closed(BACKLOG, ApiKeys.FETCH, List.of(fetches()), 1));
            // On a thread of its own: the driver that observes must not be held up by megabytes.
            var backlog = new FutureTask<>(() -> reader.run(time));
            long diskBefore = broker.process().readFromDiskBytes();
            Usage usage = Usage.from(broker);
            Thread.ofPlatform().name("backlog-reader").start(backlog);
            others.run(time);
            Measured read = backlog.get().get(BACKLOG);
            Usage.Used used = usage.until();
            if (read.bytes() >= 1e6 * megabytes) throw new IOException("The backlog was too small");
            found.put(Metric.THROUGHPUT, read.bytes() / 1e6 / used.seconds());
            found.put(Metric.CPU_PER_MB, used.brokerMillisPer(read.bytes() / 1e6));
            found.put(BESIDE_P50, ms(others.endToEndNanos(), 50));
            found.put(BESIDE_P99, ms(others.endToEndNanos(), 99));
            long fromDisk = broker.process().readFromDiskBytes() - diskBefore;
            found.put(FROM_DISK, 100.0 * fromDisk / read.bytes());
            used.addTo(found);
            return found;
        }
    }

    /** One batch after another, each nearly a megabyte. */
    private Requests fetches() {
        List<ByteBuffer> frames = new ArrayList<>();
        for (long offset = 0; offset < megabytes * 1_000L / 16; offset += RECORDS_IN_BATCH)
            frames.add(Frames.fetch(BACKLOG, 0, offset, FETCH_BYTES, 500));
        return Requests.inTurn(frames);
    }

    private static double ms(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }
}
