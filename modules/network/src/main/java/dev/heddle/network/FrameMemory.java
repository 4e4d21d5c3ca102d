package dev.heddle.network;

import dev.heddle.requestchannel.RequestPlane;
import org.jspecify.annotations.Nullable;

/**
 * The memory of long frames that are still arriving on the connections of a Processor. Used by the Processor alone.
 *
 * <p>It counts against the plane's limit of bytes. One connection at a time may have more though there is none left, so
 * that not all wait for each other with half of a frame in hand.
 */
final class FrameMemory {

    private final RequestPlane plane;
    private final Runnable onOverdraftEnded;
    private @Nullable Connection overdrawn;

    /** @param onOverdraftEnded is told that another connection may have more than there is */
    FrameMemory(RequestPlane plane, Runnable onOverdraftEnded) {
        this.plane = plane;
        this.onOverdraftEnded = onOverdraftEnded;
    }

    /** What {@code connection} may take. */
    FrameReader.Budget budget(Connection connection) {
        return new FrameReader.Budget() {
            @Override
            public boolean tryReserve(long bytes) {
                return plane.tryReserve(bytes) || overdraw(connection, bytes);
            }

            @Override
            public void unreserve(long bytes) {
                plane.unreserve(bytes);
            }
        };
    }

    private boolean overdraw(Connection connection, long bytes) {
        if (overdrawn != null && overdrawn != connection) return false;
        overdrawn = connection;
        plane.reserve(bytes);
        return true;
    }

    /** The connection's frame is complete, or will never be. */
    void frameEnded(Connection connection) {
        if (overdrawn != connection) return;
        overdrawn = null;
        onOverdraftEnded.run();
    }
}
