package dev.heddle.log;

/**
 * Where a leader epoch ends in this log.
 *
 * @param leaderEpoch the largest known epoch that is not above the one asked for; -1 if there is none
 * @param endOffset the offset after the epoch's last record; -1 if there is none
 */
public record EpochEndOffset(int leaderEpoch, long endOffset) {

    /** Nothing is known of that epoch. */
    public static final EpochEndOffset UNDEFINED = new EpochEndOffset(-1, -1);
}
