package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What some connections do. Immutable.
 *
 * @param name by which results are told
 * @param api what is asked
 * @param requests of each connection
 * @param perSecond how many requests each connection sends in a second, whether or not the answers come; 0 sends as fast
 *     as they come
 * @param inFlight how many requests of a connection may be unanswered; with a rate, more are queued in the driver, and
 *     their time counts
 * @param listener who reads the answers
 */
record Load(String name, ApiKeys api, List<Requests> requests, double perSecond, int inFlight, Listener listener) {

    /** Reads whole answers. Only the driver's thread uses it. */
    interface Listener {

        Listener NONE = (connection, answer, nowNanos) -> {};

        /** @param answer its header and body; valid during the call only */
        void answered(int connection, ByteBuffer answer, long nowNanos);
    }

    /** One request after another at a fixed rate: latency is counted from when a request was due. */
    static Load open(String name, ApiKeys api, List<Requests> requests, double perSecond) {
        return new Load(name, api, requests, perSecond, 1, Listener.NONE);
    }

    /** As many requests as are answered. */
    static Load closed(String name, ApiKeys api, List<Requests> requests, int inFlight) {
        return new Load(name, api, requests, 0, inFlight, Listener.NONE);
    }

    Load pipelined(int requestsInFlight) {
        return new Load(name, api, requests, perSecond, requestsInFlight, listener);
    }

    Load heardBy(Listener whoReads) {
        return new Load(name, api, requests, perSecond, inFlight, whoReads);
    }

    boolean isOpen() {
        return perSecond > 0;
    }

    /** {@code count} connections that ask the same over and over. */
    static List<Requests> same(ByteBuffer frame, int count) {
        return IntStream.range(0, count).mapToObj(i -> Requests.repeat(frame)).toList();
    }
}
