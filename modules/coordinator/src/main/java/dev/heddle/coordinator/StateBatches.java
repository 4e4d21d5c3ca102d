package dev.heddle.coordinator;

import dev.heddle.coordinator.ShareState.StateBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lays batches of share states over each other. Functions, so any thread may call it.
 *
 * <p>Where batches overlap, the one counts that was delivered more often, and of those the one whose state is further on:
 * records never go back.
 */
final class StateBatches {

    private static final Comparator<StateBatch> PROGRESS =
            Comparator.comparingInt(StateBatch::deliveryCount).thenComparingInt(StateBatch::deliveryState);

    /** By first offset, without overlaps. */
    private final TreeMap<Long, StateBatch> laid = new TreeMap<>();

    private StateBatches() {}

    /**
     * Lays new batches over those kept.
     *
     * @param startOffset what is below is dropped; {@link ShareState#UNINITIALIZED_START_OFFSET} keeps everything
     * @return in order of offset, without overlaps, neighbours of the same state in one
     */
    static List<StateBatch> merge(List<StateBatch> kept, List<StateBatch> added, long startOffset) {
        var batches = new StateBatches();
        kept.forEach(batch -> batches.layFrom(startOffset, batch));
        added.forEach(batch -> batches.layFrom(startOffset, batch));
        return batches.joined();
    }

    private void layFrom(long startOffset, StateBatch batch) {
        boolean isWhole = startOffset == ShareState.UNINITIALIZED_START_OFFSET || batch.firstOffset() >= startOffset;
        lay(isWhole ? batch : part(batch, startOffset, batch.lastOffset()));
    }

    private void lay(StateBatch added) {
        long from = added.firstOffset();
        while (from <= added.lastOffset()) {
            StateBatch met = firstWithin(from, added.lastOffset());
            if (met == null) {
                put(added, from, added.lastOffset());
                return;
            }
            if (met.firstOffset() > from) put(added, from, met.firstOffset() - 1);
            from = Math.max(from, met.firstOffset());
            long until = Math.min(met.lastOffset(), added.lastOffset());
            if (PROGRESS.compare(added, met) > 0) replace(met, added, from, until);
            from = until + 1;
        }
    }

    /** The first of those laid that has an offset in this range; null if there is none. */
    private @Nullable StateBatch firstWithin(long from, long to) {
        Map.Entry<Long, StateBatch> before = laid.floorEntry(from);
        if (before != null && before.getValue().lastOffset() >= from) return before.getValue();
        Map.Entry<Long, StateBatch> after = laid.ceilingEntry(from);
        return after != null && after.getKey() <= to ? after.getValue() : null;
    }

    private void replace(StateBatch met, StateBatch by, long from, long until) {
        laid.remove(met.firstOffset());
        put(met, met.firstOffset(), from - 1);
        put(by, from, until);
        put(met, until + 1, met.lastOffset());
    }

    private void put(StateBatch of, long first, long last) {
        if (first <= last) laid.put(first, part(of, first, last));
    }

    private static StateBatch part(StateBatch batch, long first, long last) {
        return new StateBatch(first, last, batch.deliveryState(), batch.deliveryCount());
    }

    private List<StateBatch> joined() {
        var all = new ArrayList<StateBatch>(laid.size());
        for (StateBatch batch : laid.values()) {
            StateBatch before = all.isEmpty() ? null : all.getLast();
            boolean goesOn = before != null
                    && before.lastOffset() + 1 == batch.firstOffset()
                    && PROGRESS.compare(before, batch) == 0;
            if (goesOn) all.set(all.size() - 1, part(batch, before.firstOffset(), batch.lastOffset()));
            else all.add(batch);
        }
        return all;
    }
}
