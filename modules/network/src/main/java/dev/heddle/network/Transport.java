package dev.heddle.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.security.auth.AuthenticationContext;

/**
 * How bytes travel between a client's socket and its connection: in the clear, or through TLS and SASL. Used by the
 * connection's Processor alone; nothing here blocks.
 */
interface Transport extends TransferableChannel {

    /**
     * Reads what has arrived into {@code into}.
     *
     * @return how many bytes, 0 if there are none yet, -1 if the client will send no more
     */
    int read(ByteBuffer into) throws IOException;

    /** What the client has proved of itself; where it came from at least. */
    AuthenticationContext authentication(String listener);
}
