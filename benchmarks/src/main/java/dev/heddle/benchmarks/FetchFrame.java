package dev.heddle.benchmarks;

import java.nio.ByteBuffer;

/** A fetch request for one partition, encoded once; only the offset in it changes. Only the driver's thread uses it. */
final class FetchFrame {

    private static final long MARK = 0x1122334455667788L;

    private final ByteBuffer frame;
    private final int offsetAt;

    private FetchFrame(ByteBuffer frame, int offsetAt) {
        this.frame = frame;
        this.offsetAt = offsetAt;
    }

    static FetchFrame of(String topic, int partition, int maxBytes, int maxWaitMs) {
        ByteBuffer frame = Frames.fetch(topic, partition, MARK, maxBytes, maxWaitMs);
        int at = 0;
        while (frame.getLong(at) != MARK) at++;
        return new FetchFrame(frame, at);
    }

    /** The request from {@code offset} on; changes the one that was returned before. */
    ByteBuffer at(long offset) {
        return frame.putLong(offsetAt, offset);
    }
}
