package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.Meter;
import dev.heddle.common.ManualTime;
import org.junit.jupiter.api.Test;

class IoThrottleTest {

    private final ManualTime time = new ManualTime(1000);

    private IoThrottle throttle(double bytesPerSecond) {
        return new IoThrottle(time, new Meter(), bytesPerSecond);
    }

    private long waitMs(IoThrottle throttle, int bytes) {
        return (throttle.used(bytes) - time.nanoseconds()) / 1_000_000;
    }

    @Test
    void whatIsUsedHasToBeWaitedFor() {
        IoThrottle throttle = throttle(1000);
        assertEquals(500, waitMs(throttle, 500));
        assertEquals(750, waitMs(throttle, 250));
        time.advance(700);
        assertEquals(150, waitMs(throttle, 100));
    }

    @Test
    void idleTimeIsNotSavedUp() {
        IoThrottle throttle = throttle(1000);
        time.advance(60_000);
        assertEquals(500, waitMs(throttle, 500));
    }

    @Test
    void withoutALimitThereIsNoWait() {
        assertEquals(0, waitMs(throttle(Double.MAX_VALUE), Integer.MAX_VALUE));
    }

    @Test
    void aNewRateHoldsAtOnce() {
        IoThrottle throttle = throttle(1);
        throttle.updateRate(1000);
        assertEquals(10, waitMs(throttle, 10));
    }

    @Test
    void theLowestRateDoesNotWaitForEver() {
        assertEquals(3_600_000, waitMs(throttle(Double.MIN_VALUE), 1000));
        assertEquals(3_600_000, waitMs(throttle(0), 1000));
    }
}
