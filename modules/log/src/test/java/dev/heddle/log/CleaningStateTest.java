package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class CleaningStateTest {

    private final CleaningState state = new CleaningState(Time.SYSTEM);
    private final Waiter worker = new Waiter(Time.SYSTEM);

    @Test
    void onlyOneWorksAtATime() {
        assertTrue(state.tryBegin(worker));
        assertFalse(state.tryBegin(worker));
        assertFalse(state.isIdle());
        state.end();
        assertTrue(state.tryBegin(worker));
    }

    @Test
    void nobodyBeginsUntilEveryPauseIsTakenBack() {
        state.pause();
        state.pause();
        assertFalse(state.tryBegin(worker));
        state.resume();
        assertFalse(state.tryBegin(worker));
        state.resume();
        assertTrue(state.tryBegin(worker));
    }

    @Test
    void thereIsNothingToEndOrResumeAtFirst() {
        assertThrows(IllegalStateException.class, state::end);
        assertThrows(IllegalStateException.class, state::resume);
    }

    @Test
    void aPauseStopsTheWorkAndWaitsForItsEnd() throws InterruptedException {
        state.tryBegin(worker);
        var order = new StringBuffer();
        var paused = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            Threads.virtual("pauses", () -> {
                        state.pause();
                        order.append("paused ");
                        paused.countDown();
                    })
                    .start();
        }
        while (!state.mustStop()) assertEquals(Waiter.Outcome.WOKEN, worker.await(Time.SYSTEM.deadlineAfterMs(20_000)));
        order.append("stopped ");
        state.end();
        paused.await();
        assertEquals("stopped paused paused ", order.toString());
        assertFalse(state.tryBegin(worker));
    }

    @Test
    void truncationMakesItDirtyAgain() {
        assertFalse(state.truncatedTo(5));
        state.cleanedTo(10);
        assertFalse(state.truncatedTo(10));
        assertTrue(state.truncatedTo(4));
        assertEquals(4, state.cleanedOffset());
    }
}
