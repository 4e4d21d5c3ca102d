package dev.heddle.network;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The connections of a Processor that wait for room in their plane. Any thread may {@link #signal}; the rest belongs to
 * the Processor.
 */
final class RoomWaiters {

    /** Set when there may be room. */
    private final AtomicBoolean room = new AtomicBoolean();

    /** Those whose next request may use the reserved share, and need not wait for the others. */
    private final RoomQueue withReserve = new RoomQueue();

    private final RoomQueue others = new RoomQueue();

    void signal() {
        room.set(true);
    }

    /** Whether it is worth while to {@link #retry}. */
    boolean isSignalled() {
        return room.get();
    }

    void add(Connection connection, boolean mayUseReserve) {
        (mayUseReserve ? withReserve : others).add(connection);
    }

    void remove(Connection connection) {
        withReserve.remove(connection);
        others.remove(connection);
    }

    /** Lets some of those who wait try again, if there may be room. */
    void retry(Processor processor) {
        if (!room.get() || !room.getAndSet(false)) return;
        boolean moreWithReserve = withReserve.retry(processor);
        boolean moreOthers = others.retry(processor);
        if (moreWithReserve || moreOthers) signal();
    }
}
