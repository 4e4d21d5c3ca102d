package dev.heddle.benchmarks;

import java.nio.ByteBuffer;

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
}
