package dev.heddle.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;

/**
 * Very many connections, most of them idle at any time; then a long poll waits on each, and a record wakes it.
 *
 * @param count how many
 */
record Connections(int count) implements Scenario {

    private static final String TOPIC = "crowd";
    private static final int PARTITIONS = 16;
    private static final int AT_ONCE = 32;
    private static final int MAX_WAIT_MS = 120_000;
    private static final Duration ASK_EVERY = Duration.ofSeconds(10);
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final Duration SETTLE_AT_MOST = Duration.ofSeconds(5);
    private static final Frames.Batch RECORD = new Frames.Batch(1, 100, Compression.NONE);

    static final Metric IDLE_RESIDENT = Metric.less("resident memory per idle connection", "kB");
    static final Metric IDLE_HEAP = Metric.less("heap per idle connection", "kB");
    private static final Metric IDLE_CPU = Metric.less("CPU per request, mostly idle", "µs");
    private static final Metric IDLE_P99 = Metric.less("p99, mostly idle", "ms");
    private static final Metric POLL_RESIDENT = Metric.less("resident memory per waiting poll", "kB");
    static final Metric POLL_HEAP = Metric.less("heap per waiting poll", "kB");
    private static final Metric POLL_CPU = Metric.less("CPU to take and answer a poll", "µs");
    private static final Metric WAKE_P50 = Metric.less("wake p50", "ms");
    private static final Metric WAKE_P99 = Metric.less("wake p99", "ms");
    private static final Metric WAKE_ALL = Metric.less("wake all", "ms");

    @Override
    public String name() {
        return "connections";
    }

    @Override
    public String about() {
        return String.format(
                "%,d connections that ask for metadata every %d s; then a fetch waits on each, and a record in each of %d"
                        + " partitions wakes them all",
                count, ASK_EVERY.toSeconds(), PARTITIONS);
    }

    @Override
    public Setting setting() {
        return Setting.SCRIPT;
    }

    @Override
    public Life life() {
        return Life.FRESH;
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, PARTITIONS, (short) 1));
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        Map<Metric, Double> found = new LinkedHashMap<>();
        try (var crowd = new Crowd(broker.port(), Frames.metadata(TOPIC))) {
            warmUp(broker, crowd);
            Memory empty = Memory.of(broker);
            connect(crowd, count - AT_ONCE);
            Memory idle = Memory.of(broker);
            found.put(IDLE_RESIDENT, (idle.resident - empty.resident) / 1e3 / count);
            found.put(IDLE_HEAP, (idle.heap - empty.heap) / 1e3 / count);
            askNowAndThen(broker, crowd, time, found);
            wake(broker, crowd, found);
        }
        return found;
    }

    /** What is made once is not counted as a connection's. */
    private static void warmUp(Broker broker, Crowd crowd) throws IOException {
        connect(crowd, AT_ONCE);
        crowd.askInTurn(Frames.metadata(TOPIC), 4_000, Duration.ofSeconds(3));
        poll(crowd, 0);
        try (SocketChannel producer = produce(broker)) {
            crowd.await(AT_ONCE, AT_MOST);
        }
    }

    private static void connect(Crowd crowd, int more) throws IOException {
        long answered = crowd.grow(more, AT_ONCE, AT_MOST).getTotalCount();
        if (answered < more) throw new IOException(answered + " connections were answered only, of " + more);
    }

    private void askNowAndThen(Broker broker, Crowd crowd, Duration time, Map<Metric, Double> found)
            throws IOException {
        double perSecond = (double) count / ASK_EVERY.toSeconds();
        Usage usage = Usage.from(broker);
        Histogram answers = crowd.askInTurn(Frames.metadata(TOPIC), perSecond, time);
        Usage.Used used = usage.until();
        found.put(IDLE_CPU, used.brokerMicrosPer(answers.getTotalCount()));
        found.put(IDLE_P99, Crowd.at(answers, 99, TimeUnit.MILLISECONDS));
    }

    private void wake(Broker broker, Crowd crowd, Map<Metric, Double> found) throws Exception {
        Memory before = Memory.of(broker);
        Usage usage = Usage.from(broker);
        poll(crowd, 1);
        broker.process().awaitIdle(SETTLE_AT_MOST);
        double cpuToTake = usage.until().brokerMicrosPer(count);
        Memory waiting = Memory.of(broker);
        found.put(POLL_RESIDENT, (waiting.resident - before.resident) / 1e3 / count);
        found.put(POLL_HEAP, (waiting.heap - before.heap) / 1e3 / count);
        Usage wakeUsage = Usage.from(broker);
        crowd.resetClocks();
        Histogram woken;
        try (SocketChannel producer = produce(broker)) {
            woken = crowd.await(count, AT_MOST);
        }
        if (woken.getTotalCount() < count) throw new IOException(woken.getTotalCount() + " polls were woken only");
        found.put(POLL_CPU, cpuToTake + wakeUsage.until().brokerMicrosPer(count));
        found.put(WAKE_P50, Crowd.at(woken, 50, TimeUnit.MILLISECONDS));
        found.put(WAKE_P99, Crowd.at(woken, 99, TimeUnit.MILLISECONDS));
        found.put(WAKE_ALL, Crowd.at(woken, 100, TimeUnit.MILLISECONDS));
    }

    /** A fetch on each connection, from the end of a partition on. */
    private static void poll(Crowd crowd, long end) throws IOException {
        crowd.askAll(IntStream.range(0, PARTITIONS)
                .mapToObj(i -> Frames.fetch(TOPIC, i, end, 1 << 20, MAX_WAIT_MS))
                .toList());
    }

    /** A record to each partition; the connection is to be closed when it has come. */
    private static SocketChannel produce(Broker broker) throws IOException {
        SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        for (int i = 0; i < PARTITIONS; i++) channel.write(Frames.produce(TOPIC, i, (short) 1, RECORD));
        return channel;
    }

    /** After a collection, in bytes. */
    private record Memory(long heap, long resident) {
        static Memory of(Broker broker) throws IOException {
            long heap = broker.process().liveHeapBytes();
            return new Memory(heap, broker.process().residentBytes());
        }
    }
}
