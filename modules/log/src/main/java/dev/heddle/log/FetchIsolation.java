package dev.heddle.log;

/** How far a reader may see. */
public enum FetchIsolation {
    /** Up to the log end offset: followers. */
    LOG_END,
    /** Up to the high watermark: consumers with {@code read_uncommitted}. */
    HIGH_WATERMARK,
    /** Up to the last stable offset, with the list of aborted transactions: consumers with {@code read_committed}. */
    TXN_COMMITTED
}
