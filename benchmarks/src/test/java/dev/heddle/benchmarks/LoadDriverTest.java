package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoadDriverTest {

    private static final Duration TIME = Duration.ofMillis(50);

    @Test
    void whatIsDueAndNotAnsweredCountsWithHowLongItHasWaited() throws IOException {
        try (var silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                var driver = new LoadDriver()) {
            driver.connect(
                    silent.getLocalPort(),
                    Load.open("asked", ApiKeys.METADATA, Load.same(Frames.metadata("topic"), 1), 1_000));
            driver.connect(
                    silent.getLocalPort(),
                    Load.closed("others", ApiKeys.METADATA, Load.same(Frames.metadata("topic"), 1), 3));
            Map<String, Measured> answered = driver.run(TIME);
            Histogram waiting = driver.waitingNanos("asked");
            assertEquals(0, answered.get("asked").count());
            assertTrue(waiting.getTotalCount() >= TIME.toMillis(), () -> "Waiting: " + waiting.getTotalCount());
            assertTrue(waiting.getMaxValue() >= TIME.toNanos(), () -> "Longest: " + waiting.getMaxValue());
            assertEquals(3, driver.waitingNanos("others").getTotalCount());
        }
    }
}
