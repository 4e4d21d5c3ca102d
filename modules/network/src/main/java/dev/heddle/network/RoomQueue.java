package dev.heddle.network;

import java.util.LinkedHashSet;

/** Connections of a Processor that wait for room in their plane, first come first served. Used by the Processor alone. */
final class RoomQueue {

    /** How many are tried before the Processor turns to other things. */
    private static final int MAX_TRIES = 16;

    private final LinkedHashSet<Connection> waiting = new LinkedHashSet<>();

    /** Whether the one at the head is being tried, and keeps its place if it is refused again. */
    private boolean trying;

    void add(Connection connection) {
        if (trying) waiting.addFirst(connection);
        else waiting.addLast(connection);
    }

    void remove(Connection connection) {
        waiting.remove(connection);
    }

    /**
     * Tries those who have waited longest, until one is refused again.
     *
     * @return whether more are waiting that could be tried at once
     */
    boolean retry(Processor processor) {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            if (waiting.isEmpty()) return false;
            Connection first = waiting.removeFirst();
            trying = true;
            boolean resumed = processor.resume(first);
            trying = false;
            if (!resumed) return false;
        }
        return !waiting.isEmpty();
    }
}
