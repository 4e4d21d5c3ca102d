package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.ShareState.StateBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StateBatchesTest {

    private static final byte AVAILABLE = 0;
    private static final byte ACKNOWLEDGED = 2;

    private static StateBatch batch(long first, long last, int state, int count) {
        return new StateBatch(first, last, (byte) state, (short) count);
    }

    private static List<StateBatch> merge(List<StateBatch> kept, List<StateBatch> added) {
        return StateBatches.merge(kept, added, ShareState.UNINITIALIZED_START_OFFSET);
    }

    @Test
    void theBatchThatWasDeliveredMoreOftenCoversTheOther() {
        assertEquals(
                List.of(batch(0, 3, AVAILABLE, 1), batch(4, 6, AVAILABLE, 2), batch(7, 9, AVAILABLE, 1)),
                merge(List.of(batch(0, 9, AVAILABLE, 1)), List.of(batch(4, 6, AVAILABLE, 2))));
        assertEquals(
                List.of(batch(0, 9, AVAILABLE, 2)),
                merge(List.of(batch(0, 9, AVAILABLE, 2)), List.of(batch(4, 6, AVAILABLE, 1))));
    }

    @Test
    void ofTheSameCountTheStateThatIsFurtherOnCounts() {
        assertEquals(
                List.of(batch(0, 4, AVAILABLE, 1), batch(5, 12, ACKNOWLEDGED, 1)),
                merge(List.of(batch(0, 9, AVAILABLE, 1)), List.of(batch(5, 12, ACKNOWLEDGED, 1))));
    }

    @Test
    void neighboursOfTheSameStateBecomeOne() {
        assertEquals(
                List.of(batch(0, 9, ACKNOWLEDGED, 1)),
                merge(List.of(batch(0, 4, ACKNOWLEDGED, 1)), List.of(batch(5, 9, ACKNOWLEDGED, 1))));
        assertEquals(
                List.of(batch(0, 3, ACKNOWLEDGED, 1), batch(5, 9, ACKNOWLEDGED, 1)),
                merge(List.of(batch(0, 3, ACKNOWLEDGED, 1)), List.of(batch(5, 9, ACKNOWLEDGED, 1))));
    }

    @Test
    void whatIsBelowTheStartOffsetIsDropped() {
        assertEquals(
                List.of(batch(5, 9, AVAILABLE, 1)),
                StateBatches.merge(List.of(batch(0, 2, AVAILABLE, 1), batch(3, 9, AVAILABLE, 1)), List.of(), 5));
    }

    @Test
    void aBatchThatEndsBeforeItBeginsIsNone() {
        assertEquals(List.of(), merge(List.of(), List.of(batch(5, 4, AVAILABLE, 1))));
    }

    static IntStream seeds() {
        return IntStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyOffsetHasTheFurthestStateThatAnyBatchGaveIt(int seed) {
        var random = new Random(seed);
        var kept = merge(List.of(), batches(random));
        var added = batches(random);
        long startOffset = random.nextInt(20) - 1;
        var expected = new TreeMap<Long, Integer>();
        for (StateBatch batch : kept) lay(batch, expected);
        for (StateBatch batch : added) lay(batch, expected);
        if (startOffset != -1) expected.headMap(startOffset).clear();

        List<StateBatch> merged = StateBatches.merge(kept, added, startOffset);

        var actual = new TreeMap<Long, Integer>();
        for (int i = 0; i < merged.size(); i++) {
            lay(merged.get(i), actual);
            if (i > 0) assertTrue(merged.get(i - 1).lastOffset() < merged.get(i).firstOffset(), "in order, no overlap");
        }
        assertEquals(expected, actual);
    }

    private static List<StateBatch> batches(Random random) {
        var batches = new ArrayList<StateBatch>();
        for (int i = random.nextInt(8); i > 0; i--) {
            long first = random.nextInt(30);
            batches.add(batch(first, first + random.nextInt(10), 2 * random.nextInt(3), 1 + random.nextInt(3)));
        }
        return batches;
    }

    private static void lay(StateBatch batch, TreeMap<Long, Integer> byOffset) {
        int progress = 100 * batch.deliveryCount() + batch.deliveryState();
        for (long offset = batch.firstOffset(); offset <= batch.lastOffset(); offset++) {
            byOffset.merge(offset, progress, Math::max);
        }
    }
}
