package dev.heddle.log;

/**
 * A transaction that was aborted: an entry of the transaction index.
 *
 * @param producerId the producer
 * @param firstOffset offset of the transaction's first record
 * @param lastOffset offset of its abort marker
 * @param lastStableOffset last stable offset when the marker was appended
 */
public record AbortedTxn(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
