package dev.heddle.benchmarks;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.Errors;

/**
 * What came of a load in one phase of a run.
 *
 * @param latencyNanos of each answered request; not changed any more
 * @param bytes of all answers
 * @param errors how often each, NONE too, was among the answers that were looked at
 */
record Measured(Histogram latencyNanos, long bytes, Map<Errors, Long> errors) {

    long count() {
        return latencyNanos.getTotalCount();
    }

    /** @param percentile of 100 */
    double latencyMs(double percentile) {
        return latencyNanos.getValueAtPercentile(percentile) / 1e6;
    }
}
