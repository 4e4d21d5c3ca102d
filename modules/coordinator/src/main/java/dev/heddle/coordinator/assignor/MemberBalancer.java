package dev.heddle.coordinator.assignor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds, among the subscribers of a topic, who is to get the next partition and who is to give one. Used by one thread,
 * for one topic after another.
 *
 * <p>For maintainers: subscribers stand in the order of how many partitions they have. A range at the low end takes, one
 * each in turn, and rises by one when all have had theirs, which may bring further members in; a range at the high end
 * gives in the same way. Members with nothing to give are moved out of the high range. It is all balanced when the levels
 * of both differ by at most one.
 *
 * <pre>
 *                                                     ┌ high range ┐
 *    partitions                                        ■  ■  ■  ■     ■  ■  (nothing to give)
 *        of      ┌ low range ┐             ■  ■  ■  ■  ■  ■  ■  ■     ■  ■
 *      each      ■  ■  ■  ■  ■  ■  ■  ■  ■ ■  ■  ■  ■  ■  ■  ■  ■     ■  ■
 * </pre>
 */
final class MemberBalancer {

    static final int NOBODY = -1;

    /** How many partitions each member has; changed by whoever moves partitions. */
    private final int[] sizes;

    private final List<Integer> sorted = new ArrayList<>();
    private int lowEnd;
    private int lowLevel;
    private int nextLow;
    private int highStart;
    private int highEnd;
    private int highLevel;
    private int nextHigh;

    MemberBalancer(int[] sizes) {
        this.sizes = sizes;
    }

    /**
     * Begins anew with these members, of whom there is at least one.
     *
     * @return by how much the largest exceeds the smallest
     */
    int begin(List<Integer> members) {
        sorted.clear();
        sorted.addAll(members);
        sorted.sort(Comparator.<Integer>comparingInt(member -> sizes[member]).thenComparing(Comparator.naturalOrder()));
        int smallest = sizes[sorted.getFirst()];
        int largest = sizes[sorted.getLast()];
        lowEnd = 0;
        lowLevel = smallest - 1;
        nextLow = 0;
        highStart = sorted.size();
        highEnd = sorted.size();
        highLevel = largest + 1;
        nextHigh = sorted.size() - 1;
        return largest - smallest;
    }

    /** Who is to get the next partition; counts on it that it does. */
    int nextTaker() {
        if (nextLow >= lowEnd) {
            lowLevel++;
            while (lowEnd < sorted.size() && sizes[sorted.get(lowEnd)] == lowLevel) lowEnd++;
            nextLow = 0;
        }
        return sorted.get(nextLow++);
    }

    /** Who is to give a partition, or {@link #NOBODY}; counts on it that it does. */
    int nextGiver() {
        if (nextHigh < highStart) {
            boolean isRangeEmpty = highEnd <= highStart && highStart > 0;
            highLevel = isRangeEmpty ? sizes[sorted.get(highStart - 1)] : highLevel - 1;
            while (highStart > 0 && sizes[sorted.get(highStart - 1)] == highLevel) highStart--;
            nextHigh = highEnd - 1;
        }
        return nextHigh < 0 ? NOBODY : sorted.get(nextHigh--);
    }

    /** The last giver has nothing to give. */
    void excludeLastGiver() {
        int position = nextHigh + 1;
        int excluded = sorted.get(position);
        highEnd--;
        sorted.set(position, sorted.get(highEnd));
        sorted.set(highEnd, excluded);
    }

    boolean isBalanced() {
        return highLevel - lowLevel <= 1;
    }
}
