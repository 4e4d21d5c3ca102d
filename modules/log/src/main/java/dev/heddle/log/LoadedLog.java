package dev.heddle.log;

/**
 * A log as it was found on disk, or made good. (Its many parts are what a log consists of.)
 *
 * @param segments at least one
 * @param recoveryPoint below it everything is on disk, with indexes
 * @param endOffset the log end offset
 * @param directoryDirty whether there may be files whose names are not on disk yet
 */
record LoadedLog(
        SegmentList segments,
        ProducerStateManager producers,
        LeaderEpochCache epochs,
        long logStartOffset,
        long recoveryPoint,
        long endOffset,
        boolean directoryDirty) {}
