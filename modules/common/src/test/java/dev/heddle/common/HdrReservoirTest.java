package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.Snapshot;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class HdrReservoirTest {

    private final ManualTime time = new ManualTime(0);
    private final HdrReservoir reservoir = new HdrReservoir(time);

    @Test
    void anEmptyReservoirIsAllZero() {
        Snapshot snapshot = reservoir.getSnapshot();
        assertEquals(0, snapshot.size());
        assertEquals(0, snapshot.getMax());
        assertEquals(0, snapshot.getMin());
        assertEquals(0, snapshot.getMedian());
        assertEquals(0, snapshot.getMean());
        assertEquals(0, snapshot.getStdDev());
        assertEquals(0, snapshot.getValues().length);
    }

    @Test
    void quantilesAreRightToTwoDigits() {
        for (int i = 1; i <= 10_000; i++) reservoir.update(i);
        Snapshot snapshot = reservoir.getSnapshot();
        assertEquals(10_000, reservoir.size());
        assertEquals(5_000, snapshot.getMedian(), 50);
        assertEquals(9_900, snapshot.get99thPercentile(), 99);
        assertEquals(10_000, snapshot.getMax(), 100);
        assertEquals(1, snapshot.getMin());
        assertEquals(5_000, snapshot.getMean(), 50);
    }

    @Test
    void hugeAndNegativeValuesAreTaken() {
        reservoir.update(1L << 40);
        reservoir.update(-5);
        Snapshot snapshot = reservoir.getSnapshot();
        assertEquals(1L << 40, snapshot.getMax(), (1L << 40) / 100.0);
        assertEquals(0, snapshot.getMin());
    }

    @Test
    void valuesStayForFiveMinutesAndAreGoneAfterTen() {
        reservoir.update(7);
        time.advance(299_000);
        assertEquals(7, reservoir.getSnapshot().getMax());
        time.advance(2_000);
        reservoir.update(3);
        assertEquals(7, reservoir.getSnapshot().getMax());
        time.advance(300_000);
        assertEquals(3, reservoir.getSnapshot().getMax());
        time.advance(300_000);
        assertEquals(0, reservoir.getSnapshot().getMax());
    }

    @Test
    void noUpdateOfManyThreadsIsLost() throws InterruptedException {
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            threads.add(Threads.platform("updater", () -> {
                for (int i = 0; i < 50_000; i++) reservoir.update(i % 3);
            }));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < 50; i++) reservoir.getSnapshot();
        for (Thread thread : threads) thread.join();
        assertEquals(200_000, reservoir.size());
        assertEquals(1, reservoir.getSnapshot().getMean(), 0.01);
    }
}
