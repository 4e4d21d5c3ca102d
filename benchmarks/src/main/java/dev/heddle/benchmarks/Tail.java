package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import org.HdrHistogram.Histogram;

/**
 * One partition with one producer and one consumer, and how long batches are on their way from one to the other: from when
 * a request was due to be sent, to when the consumer has its records. Only the driver's thread uses it.
 *
 * <p>A request is one batch, and requests of a connection are appended in order; so the n-th batch that comes is that of
 * the n-th request.
 */
final class Tail {

    /** More requests than these are never on their way. */
    private static final int RING = 1 << 16;

    private final ByteBuffer produce;
    private final FetchFrame fetch;
    private final Histogram endToEndNanos;
    private final long[] due = new long[RING];

    private long produced;
    private long consumed;
    private long nextOffset;

    /** @param nextOffset where the partition ends */
    Tail(ByteBuffer produce, FetchFrame fetch, long nextOffset, Histogram endToEndNanos) {
        this.produce = produce;
        this.fetch = fetch;
        this.nextOffset = nextOffset;
        this.endToEndNanos = endToEndNanos;
    }

    ByteBuffer produce(long dueNanos) {
        due[(int) (produced++ % RING)] = dueNanos;
        if (produced - consumed > RING) throw new IllegalStateException("The consumer has fallen behind");
        return produce;
    }

    ByteBuffer fetch() {
        return fetch.at(nextOffset);
    }

    void fetched(ByteBuffer answer, long nowNanos) {
        ByteBuffer records = FetchAnswer.records(answer);
        while (FetchAnswer.hasBatch(records)) {
            nextOffset = FetchAnswer.nextBatch(records);
            if (consumed == produced) throw new IllegalStateException("Records that nobody has produced");
            endToEndNanos.recordValue(Math.max(1, nowNanos - due[(int) (consumed++ % RING)]));
        }
    }
}
