package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** Measures the answers to a load. Only the driver's thread uses it. */
final class LoadMeter {

    /** Answers are looked at now and then only: to parse them all would make the driver the bottleneck. */
    private static final int PARSED_OF = 64;

    private final Load load;
    private Histogram latencyNanos = new Histogram(3);
    private Map<Errors, Long> errors = new EnumMap<>(Errors.class);
    private long bytes;
    private long seen;

    LoadMeter(Load load) {
        this.load = load;
    }

    void answered(long nanos) {
        latencyNanos.recordValue(Math.max(1, nanos));
    }

    void bytes(int count) {
        bytes += count;
    }

    /** Looks what an answer says. */
    void look(ByteBuffer answer) {
        if (seen++ % PARSED_OF != 0) return;
        short version = Frames.versionOf(load.api());
        AbstractResponse response = AbstractResponse.parseResponse(answer, Frames.header(load.api(), version));
        response.errorCounts().forEach((error, count) -> errors.merge(error, (long) count, Long::sum));
    }

    /** What was measured since the last call. */
    Measured take() {
        var taken = new Measured(latencyNanos, bytes, errors);
        latencyNanos = new Histogram(3);
        errors = new EnumMap<>(Errors.class);
        bytes = 0;
        return taken;
    }
}
