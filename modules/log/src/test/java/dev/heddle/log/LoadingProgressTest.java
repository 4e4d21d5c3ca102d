package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.common.MetricNames;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadingProgressTest {

    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(LogFixture.START_MS);
    private final MetricRegistry metrics = new MetricRegistry();

    private LoadingProgress progress(int logs, int threads) {
        var directory = new LogDirectory(new FaultyFiles(), root, time, LogFixture.LIMITS);
        return new LoadingProgress(directory, logs, threads, time, metrics);
    }

    @Test
    void whatTakesLongIsToldFromTimeToTime() {
        LoadingProgress progress = progress(10, 2);
        progress.logDone();
        assertNull(progress.reportIfDue());
        time.advance(4_999);
        assertNull(progress.reportIfDue());
        time.advance(1);
        progress.logDone();
        progress.segments(0, 3);
        progress.segments(1, 4);
        assertEquals(
                "dir=" + root + " done=2 of=10 remainingLogs=8 remainingSegmentsOfLogsInRecovery=7",
                progress.reportIfDue());
        assertNull(progress.reportIfDue());
        time.advance(5_000);
        progress.segments(0, 0);
        assertEquals(
                "dir=" + root + " done=2 of=10 remainingLogs=8 remainingSegmentsOfLogsInRecovery=4",
                progress.reportIfDue());
    }

    @Test
    void whatIsLeftIsInTheMetricsAsLongAsItLasts() {
        LoadingProgress progress = progress(3, 2);
        progress.registerMetrics();
        String logs = metric("remainingLogsToRecover", "dir", root.toString());
        String segments = metric("remainingSegmentsToRecover", "dir", root.toString(), "threadNum", "1");
        progress.logDone();
        progress.segments(1, 5);
        assertEquals(2, metrics.getGauges().get(logs).getValue());
        assertEquals(5, metrics.getGauges().get(segments).getValue());
        progress.removeMetrics();
        assertEquals(Set.of(), metrics.getNames());
    }

    private static String metric(String name, String... tags) {
        return MetricNames.of("kafka.log", "LogManager", name, tags);
    }
}
