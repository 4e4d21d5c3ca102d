package dev.heddle.log;

import java.util.List;

/**
 * What a read found. The offsets are of the moment of the read.
 *
 * @param records batches, the first of which holds {@code fetchOffset} or the next record after it and is whole; the last
 *     one may be cut off; may be empty
 * @param fetchOffset the offset asked for
 * @param logStartOffset first offset there is
 * @param highWatermark first offset that is not committed
 * @param lastStableOffset first offset of the oldest undecided transaction, or the high watermark
 * @param logEndOffset offset of the next record to come
 * @param abortedTransactions with {@link FetchIsolation#TXN_COMMITTED}: the aborted transactions that reach into
 *     {@code records}; empty otherwise
 */
public record ReadResult(
        LogSlice records,
        long fetchOffset,
        long logStartOffset,
        long highWatermark,
        long lastStableOffset,
        long logEndOffset,
        List<AbortedTxn> abortedTransactions) {}
