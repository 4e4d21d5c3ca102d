package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What some connections do. Immutable.
 *
 * @param name by which results are told
 * @param api what is asked
 * @param frames for each connection, where its requests come from
 * @param perSecond how many requests each connection sends in a second, whether or not the answers come; 0 sends as fast
 *     as they come
 * @param inFlight how many requests of a connection may be unanswered; with a rate, more are queued in the driver, and
 *     their time counts
 */
record Load(String name, ApiKeys api, List<Supplier<ByteBuffer>> frames, double perSecond, int inFlight) {

    /** One request after another at a fixed rate: latency is counted from when a request was due. */
    static Load open(String name, ApiKeys api, List<Supplier<ByteBuffer>> frames, double perSecond) {
        return new Load(name, api, frames, perSecond, 1);
    }

    /** As many requests as are answered. */
    static Load closed(String name, ApiKeys api, List<Supplier<ByteBuffer>> frames, int inFlight) {
        return new Load(name, api, frames, 0, inFlight);
    }

    boolean isOpen() {
        return perSecond > 0;
    }

    /** {@code count} connections that ask the same over and over. */
    static List<Supplier<ByteBuffer>> same(ByteBuffer frame, int count) {
        return Stream.<Supplier<ByteBuffer>>generate(() -> () -> frame)
                .limit(count)
                .toList();
    }
}
