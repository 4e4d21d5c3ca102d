package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ManualTimeTest {

    @Test
    void itStandsStillUntilItIsAdvanced() {
        var time = new ManualTime(5);
        assertEquals(5, time.milliseconds());
        long before = time.nanoseconds();
        time.advance(7);
        assertEquals(12, time.milliseconds());
        assertEquals(7_000_000, time.nanoseconds() - before);
    }

    @Test
    void aDeadlineLiesItsDelayAhead() {
        var time = new ManualTime(0);
        assertEquals(3_000_000, time.deadlineAfterMs(3) - time.nanoseconds());
    }

    @Test
    void whoIsParkedLooksAtTheClockAtEachStep() throws InterruptedException {
        var time = new ManualTime(0);
        Thread parked = Threads.virtual("parked", () -> time.park(this, Long.MAX_VALUE));
        parked.start();
        while (time.parkedThreads() == 0) Thread.onSpinWait();
        time.advance(1);
        parked.join();
        assertEquals(0, time.parkedThreads());
    }

    @Test
    void whoeverSawTheClockBeforeItWasAdvancedDoesNotPark() {
        var time = new ManualTime(0);
        long remaining = time.deadlineAfterMs(10) - time.nanoseconds();
        time.advance(5);
        time.park(this, remaining); // returns, to look again
        assertEquals(0, time.parkedThreads());
    }

    @Test
    void noTimeLeftIsNoTimeToPark() {
        var time = new ManualTime(0);
        time.nanoseconds();
        time.park(this, 0);
        time.park(this, -1);
        assertEquals(0, time.parkedThreads());
    }
}
