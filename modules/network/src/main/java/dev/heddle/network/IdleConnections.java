package dev.heddle.network;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a Processor in the order of their last traffic. Used by the Processor alone. All steps take
 * constant time: the connections are links of the list themselves.
 */
final class IdleConnections {

    private final long maxIdleNanos;

    private @Nullable Connection oldest;
    private @Nullable Connection newest;

    /** @param maxIdleMs negative for never */
    IdleConnections(long maxIdleMs) {
        maxIdleNanos = maxIdleMs < 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(maxIdleMs);
    }

    /** The one whose last traffic is the longest ago, if it is longer ago than is allowed. */
    @Nullable Connection expired(long nowNanos) {
        return oldest != null && nowNanos - oldest.lastTrafficNanos > maxIdleNanos ? oldest : null;
    }

    /** The one whose last traffic is the longest ago. */
    @Nullable Connection oldest() {
        return oldest;
    }

    boolean isEmpty() {
        return oldest == null;
    }

    /** Takes {@code step} for each; it may remove that connection. */
    void forEach(Consumer<Connection> step) {
        Connection connection = oldest;
        while (connection != null) {
            Connection newer = connection.newerLink;
            step.accept(connection);
            connection = newer;
        }
    }

    void add(Connection connection) {
        connection.olderLink = newest;
        connection.newerLink = null;
        if (newest == null) oldest = connection;
        else newest.newerLink = connection;
        newest = connection;
    }

    void remove(Connection connection) {
        Connection older = connection.olderLink;
        Connection newer = connection.newerLink;
        if (older == null) oldest = newer;
        else older.newerLink = newer;
        if (newer == null) newest = older;
        else newer.olderLink = older;
        connection.olderLink = null;
        connection.newerLink = null;
    }

    /** There was traffic. */
    void touch(Connection connection, long nowNanos) {
        connection.lastTrafficNanos = nowNanos;
        if (newest == connection) return;
        remove(connection);
        add(connection);
    }
}
