package dev.heddle.app;

import java.util.Random;

/**
 * What of the changes that were never synced is on a disk after a power cut. Immutable.
 *
 * <p>Beside the free choice, which is what POSIX allows, there are the kinds that real disks show most: nothing
 * survives, everything does (so it is when only the process dies), or the file system's journal, in which changes of
 * directories and sizes have an order, ends somewhere.
 *
 * @param journalEnd changes of directories and sizes survive up to this one; {@link #NO_ORDER} for a free choice
 * @param chance how likely each change and each block is to survive where there is a choice; negative lets each file
 *     and directory have a chance of its own
 */
record Survival(long journalEnd, double chance) {

    static final long NO_ORDER = -1;

    static final Survival NOTHING = new Survival(NO_ORDER, 0);
    static final Survival EVERYTHING = new Survival(NO_ORDER, 1);
    static final Survival ANYTHING = new Survival(NO_ORDER, -1);

    /** One of the kinds; {@code changes} is how many changes were made in the disk's life. */
    static Survival choose(Random random, long firstChange, long changes) {
        int kind = random.nextInt(20);
        if (kind < 2) return EVERYTHING;
        if (kind < 5) return NOTHING;
        if (kind < 11) return new Survival(random.nextLong(firstChange, changes + 1), -1);
        return ANYTHING;
    }

    boolean isJournaled() {
        return journalEnd != NO_ORDER;
    }

    /** The chance that one file's or directory's changes have. */
    double chanceFor(Random random) {
        if (chance >= 0) return chance;
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> 1;
            default -> random.nextDouble();
        };
    }
}
