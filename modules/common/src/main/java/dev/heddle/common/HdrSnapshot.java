package dev.heddle.common;

import com.codahale.metrics.Snapshot;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** A distribution at one moment. Any thread may read it: it does not change any more. */
final class HdrSnapshot extends Snapshot {

    private final Histogram histogram;

    HdrSnapshot(Histogram histogram) {
        this.histogram = histogram;
    }

    @Override
    public double getValue(double quantile) {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(quantile * 100.0);
    }

    /** A value for each bucket that is in use; how often it occurred is not repeated here. */
    @Override
    public long[] getValues() {
        return histogram.recordedValues().iterator().hasNext() ? values() : new long[0];
    }

    private long[] values() {
        var builder = java.util.stream.LongStream.builder();
        for (HistogramIterationValue value : histogram.recordedValues()) {
            builder.add(value.getValueIteratedTo());
        }
        return builder.build().toArray();
    }

    @Override
    public int size() {
        return (int) Math.min(Integer.MAX_VALUE, histogram.getTotalCount());
    }

    @Override
    public long getMax() {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getMaxValue();
    }

    @Override
    public double getMean() {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getMean();
    }

    @Override
    public long getMin() {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getMinValue();
    }

    @Override
    public double getStdDev() {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getStdDeviation();
    }

    @Override
    public void dump(OutputStream output) {
        try (var writer = new PrintWriter(output, false, StandardCharsets.UTF_8)) {
            for (HistogramIterationValue value : histogram.recordedValues()) {
                writer.printf("%d %d%n", value.getValueIteratedTo(), value.getCountAtValueIteratedTo());
            }
        }
    }
}
