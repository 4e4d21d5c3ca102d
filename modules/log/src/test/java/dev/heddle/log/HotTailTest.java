package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HotTailTest {

    private final HotTail tail = new HotTail();

    @Test
    void nothingIsHotBeforeTheFirstAppend() {
        assertFalse(tail.covers(0, 0, 0));
    }

    @Test
    void whatWasAppendedIsHotAndWhatLiesBeforeItIsNot() {
        tail.appended(100, 500, 0);
        assertTrue(tail.covers(100, 500, 1));
        assertTrue(tail.covers(100, 900, 1));
        assertTrue(tail.covers(200, 0, 1));
        assertFalse(tail.covers(100, 499, 1));
        assertFalse(tail.covers(50, 900, 1));
    }

    @Test
    void itColdsWithTime() {
        tail.appended(0, 10, 0);
        assertTrue(tail.covers(0, 10, HotTail.HOT_MS));
        assertFalse(tail.covers(0, 10, HotTail.HOT_MS + 1));
    }

    @Test
    void underSteadyAppendsTheLastSecondsAreHot() {
        int position = 0;
        for (long now = 0; now < 100_000; now += 100) {
            tail.appended(0, position, now);
            position += 10;
            if (now < 5_000) continue;
            int fiveSecondsAgo = position - 500;
            assertTrue(tail.covers(0, fiveSecondsAgo, now), "at " + now);
            int longAgo = position - 2 * (int) (HotTail.HOT_MS / 10);
            if (longAgo > 0) assertFalse(tail.covers(0, longAgo, now), "at " + now);
        }
    }
}
