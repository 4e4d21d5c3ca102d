package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ToolTest {

    @Test
    void theLastLineOfProducerPerformanceCounts() throws IOException {
        Map<Metric, Double> found = Tool.produced(List.of(
                "9 records sent, 1.0 records/sec (1.00 MB/sec), 1.0 ms avg latency, 1.0 ms max latency.",
                "300000 records sent, 50000.500000 records/sec (47.68 MB/sec), 12.25 ms avg latency, 99.00 ms max latency,"
                        + " 10 ms 50th, 20 ms 95th, 30 ms 99th, 40 ms 99.9th."));
        assertEquals(50_000.5, found.get(Metric.more("records", "1/s")));
        assertEquals(49.996, found.get(Metric.THROUGHPUT), 0.001);
        assertEquals(10, found.get(Metric.P50));
        assertEquals(30, found.get(Metric.P99));
    }

    @Test
    void consumerPerformanceCountsWithAndWithoutJoiningTheGroup() throws IOException {
        Map<Metric, Double> found = Tool.consumed(List.of(
                "start.time, end.time, data.consumed.in.MB, …",
                "2026-01-02 03:04:05:678, 2026-01-02 03:04:06:678, 572.2046, 100.0000, 600000, 500000.0000, 500, 2000,"
                        + " 200.0000, 300000.0000"));
        assertEquals(500_000, found.get(Metric.more("records", "1/s")));
        assertEquals(104.8576, found.get(Metric.THROUGHPUT), 1e-9);
        assertEquals(209.7152, found.get(Metric.THROUGHPUT.of("fetching")), 1e-9);
    }

    @Test
    void endToEndLatencyHasPercentiles() throws IOException {
        Map<Metric, Double> found =
                Tool.endToEnd(List.of("Avg latency: 1.2500 ms", "Percentiles: 50th = 1, 99th = 3, 99.9th = 20"));
        assertEquals(1.25, found.get(Metric.less("mean latency", "ms")));
        assertEquals(20, found.get(Metric.P999));
    }

    @Test
    void outputWithoutFiguresIsAFailure() {
        assertThrows(IOException.class, () -> Tool.produced(List.of("it went wrong")));
        assertThrows(IOException.class, () -> Tool.consumed(List.of()));
        assertThrows(IOException.class, () -> Tool.endToEnd(List.of("Avg latency: 1 ms")));
    }
}
