package dev.heddle.log;

/**
 * A transaction that a marker has just ended.
 *
 * @param firstOffset of its first record
 * @param lastOffset of its marker
 */
record CompletedTxn(long producerId, long firstOffset, long lastOffset, boolean aborted) {}
