package dev.heddle.coordinator.delivery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What is to be said of each offset of a share partition that its group is not done with, as runs of equal offsets. Not
 * thread-safe: the lock of {@link SharePartition} guards it.
 *
 * <p>For maintainers, what holds between any two calls:
 * <ul>
 *   <li>the runs tile the offsets from {@link #start} up to, and without, {@link #next}: no hole, no overlap;
 *   <li>neighbours differ, so there are no more runs than differences;
 *   <li>the first run is not one that the group is done with, unless something is being written of it.
 * </ul>
 * Everything that happens is a replacement of some offsets' runs ({@link #replace}), more of them at the end
 * ({@link #append}), or fewer at the beginning ({@link #dropBefore}).
 */
final class Runs {

    private final TreeMap<Long, Run> runs = new TreeMap<>();
    private long start;
    private long next;

    Runs(long start) {
        this.start = start;
        this.next = start;
    }

    /** First offset that the group is not done with. */
    long start() {
        return start;
    }

    /** First offset that was not looked at yet. */
    long next() {
        return next;
    }

    /** How many offsets there are. */
    long size() {
        return next - start;
    }

    Collection<Run> all() {
        return Collections.unmodifiableCollection(runs.values());
    }

    /** The run that holds {@code offset}, which lies between start and next. */
    Run at(long offset) {
        Map.Entry<Long, Run> found = offset < start || offset >= next ? null : runs.floorEntry(offset);
        if (found == null) throw new IllegalArgumentException(offset + " is not between " + start + " and " + next);
        return found.getValue();
    }

    /** The runs of these offsets, those at the ends cut to them; what lies before start or behind the end is left out. */
    List<Run> between(long first, long last) {
        long from = Math.max(first, start);
        long to = Math.min(last, next - 1);
        if (from > to) return List.of();
        List<Run> found = new ArrayList<>();
        for (Run run : runs.tailMap(at(from).first(), true).values()) {
            if (run.first() > to) break;
            found.add(run.between(Math.max(run.first(), from), Math.min(run.last(), to)));
        }
        return found;
    }

    /** Adds a run at the end. */
    void append(Run run) {
        if (run.first() != next) throw new IllegalArgumentException("The next run begins at " + next + ", not " + run);
        next = run.last() + 1;
        put(run);
    }

    /** Replaces what is said of these offsets by what {@code change} makes of it, and moves start if it can. */
    void replace(long first, long last, UnaryOperator<Run> change) {
        for (Run run : between(first, last)) {
            Run changed = change.apply(run);
            if (!changed.equals(run)) replace(run, changed);
        }
        trim();
    }

    private void replace(Run part, Run changed) {
        Run whole = at(part.first());
        runs.remove(whole.first());
        if (whole.first() < part.first()) runs.put(whole.first(), whole.between(whole.first(), part.first() - 1));
        if (whole.last() > part.last()) runs.put(part.last() + 1, whole.between(part.last() + 1, whole.last()));
        put(changed);
    }

    /** Puts a run where there is none, and joins it with its neighbours if they are alike. */
    private void put(Run run) {
        Run joined = run;
        Map.Entry<Long, Run> before = runs.lowerEntry(run.first());
        if (before != null && before.getValue().isContinuedBy(joined)) {
            runs.remove(before.getKey());
            joined = joined.between(before.getKey(), joined.last());
        }
        Run after = runs.get(run.last() + 1);
        if (after != null && joined.isContinuedBy(after)) {
            runs.remove(after.first());
            joined = joined.between(joined.first(), after.last());
        }
        runs.put(joined.first(), joined);
    }

    /** Start moves behind everything that the group is done with. */
    void trim() {
        while (!runs.isEmpty()) {
            Run first = runs.firstEntry().getValue();
            if (!first.state().isTerminal()) return;
            runs.pollFirstEntry();
            start = first.last() + 1;
        }
    }

    /** Forgets what lies before {@code offset}, whatever is to be said of it; does nothing if start is there already. */
    void dropBefore(long offset) {
        if (offset <= start) return;
        while (!runs.isEmpty() && runs.firstKey() < offset) {
            Run first = runs.pollFirstEntry().getValue();
            if (first.last() >= offset) runs.put(offset, first.between(offset, first.last()));
        }
        start = offset;
        next = Math.max(next, offset);
        trim();
    }
}
