package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.List;

/** Where the requests of one connection come from. Only the driver's thread uses it. */
interface Requests {

    /**
     * The next request, whole. The driver sends it from a position of its own, before it asks again.
     *
     * @param dueNanos when it is meant to be sent, which is in the past if the driver or the broker is late
     */
    ByteBuffer next(long dueNanos);

    /** The same over and over. */
    static Requests repeat(ByteBuffer frame) {
        return due -> frame;
    }

    /** One after another, and again from the first. */
    static Requests inTurn(List<ByteBuffer> frames) {
        return new Requests() {
            private int next;

            @Override
            public ByteBuffer next(long dueNanos) {
                ByteBuffer frame = frames.get(next);
                next = (next + 1) % frames.size();
                return frame;
            }
        };
    }
}
