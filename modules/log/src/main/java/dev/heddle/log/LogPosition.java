package dev.heddle.log;

/**
 * An offset of a log and, if known, where it is to be found.
 *
 * @param segmentBaseOffset the segment, or -1
 * @param position the byte in its file at which the offset's batch begins, or -1
 */
record LogPosition(long offset, long segmentBaseOffset, int position) {

    static LogPosition offsetOnly(long offset) {
        return new LogPosition(offset, -1, -1);
    }

    boolean isKnown() {
        return position >= 0;
    }
}
