package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.ApiKeys;

/** A producer and a consumer for each partition of a topic, connected; closed, they are gone. One thread uses it. */
final class TailSession implements AutoCloseable {

    static final int PARTITIONS = 16;
    static final String EVERYONE =
            PARTITIONS + " producers and " + PARTITIONS + " consumers of " + PARTITIONS + " partitions";

    private static final String PRODUCE = "produce";
    private static final int IN_FLIGHT = 5;
    private static final int MAX_WAIT_MS = 500;
    private static final int MAX_FETCH_BYTES = 200_000;

    private final Histogram endToEndNanos = new Histogram(3);
    private final LoadDriver driver;

    /** @param rate requests a second of all producers together; 0 for as fast as they can */
    TailSession(Broker broker, String topic, Frames.Batch batch, double rate) throws Exception {
        long[] ends = Topics.settledEndOffsets(broker, topic, PARTITIONS);
        List<Tail> tails = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ByteBuffer produce = Frames.produce(topic, i, (short) 1, batch);
            FetchFrame fetch = FetchFrame.of(topic, i, MAX_FETCH_BYTES, MAX_WAIT_MS);
            tails.add(new Tail(produce, fetch, ends[i], endToEndNanos));
        }
        driver = new LoadDriver();
        driver.connect(broker.port(), consume(tails));
        driver.connect(broker.port(), produce(tails, rate));
    }

    private static Load consume(List<Tail> tails) {
        return Load.closed(
                        "consume",
                        ApiKeys.FETCH,
                        requests(i -> due -> tails.get(i).fetch()),
                        1)
                .heardBy((i, answer, now) -> tails.get(i).fetched(answer, now));
    }

    private static Load produce(List<Tail> tails, double rate) {
        List<Requests> produces = requests(i -> due -> tails.get(i).produce(due));
        return rate == 0
                ? Load.closed(PRODUCE, ApiKeys.PRODUCE, produces, IN_FLIGHT)
                : Load.open(PRODUCE, ApiKeys.PRODUCE, produces, rate / PARTITIONS)
                        .pipelined(IN_FLIGHT);
    }

    private static List<Requests> requests(IntFunction<Requests> of) {
        return IntStream.range(0, PARTITIONS).mapToObj(of).toList();
    }

    /** Goes on for so long; what came of the produces. */
    Measured run(Duration time) throws IOException {
        endToEndNanos.reset();
        return driver.run(time).get(PRODUCE);
    }

    /** Of every request of which the consumer had the records during the last {@link #run}. */
    Histogram endToEndNanos() {
        return endToEndNanos;
    }

    @Override
    public void close() throws IOException {
        driver.close();
    }
}
