package dev.heddle.requestchannel;

import java.util.List;

/** The answer to a request. Made on the handler's thread, and then read by the connection's Processor alone. */
public sealed interface Response {

    /**
     * An encoded response, its length prefix included.
     *
     * @param parts to be sent one after another
     * @param size the sum of their sizes in bytes
     */
    record Send(List<ResponsePart> parts, long size) implements Response {}

    /** The client expects no answer: a Produce request with {@code acks=0}. */
    record Nothing() implements Response {}

    /** The connection is to be closed, once the answers to the requests before are sent. */
    record CloseConnection(String reason) implements Response {}
}
