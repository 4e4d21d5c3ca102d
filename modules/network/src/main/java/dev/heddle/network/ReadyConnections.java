package dev.heddle.network;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a Processor for which there are answers to take. Any thread adds; the Processor takes them all at
 * once. A connection is in it at most once: see {@link Connection#claimReady}.
 */
final class ReadyConnections {

    /** The one added last, linked by {@link Connection#nextReady}. */
    private final AtomicReference<@Nullable Connection> top = new AtomicReference<>();

    void add(Connection connection) {
        Connection before;
        do {
            before = top.get();
            connection.nextReady = before;
        } while (!top.compareAndSet(before, connection));
    }

    boolean isEmpty() {
        return top.get() == null;
    }

    /** All of them, in the order in which they were added, linked by {@link Connection#nextReady}. */
    @Nullable Connection takeAll() {
        Connection newest = top.getAndSet(null);
        Connection oldest = null;
        while (newest != null) {
            Connection next = newest.nextReady;
            newest.nextReady = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }
}
