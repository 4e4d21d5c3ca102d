package dev.heddle.handlers;

import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/**
 * One API of the protocol. Called by any number of handler threads at once: an implementation has no state of its own
 * beyond what it was constructed with.
 *
 * <p>A handler answers by returning: it never calls {@link Request#respond} itself. Where it must wait for others, it does
 * so on {@link Request#waiter()}. One that never waits, not even for a file, may say so by {@link #mayWait}.
 */
interface ApiHandler {

    /** The one API that this class answers. */
    ApiKeys apiKey();

    /**
     * Does what the request asks for, as far as its sender may.
     *
     * @param access what the sender may do: every handler asks here what Apache Kafka's asks its authorizer, in the same
     *     order and with the same answer where it is denied
     * @return the answer, or null where the protocol has none (a Produce with {@code acks=0})
     * @throws dev.heddle.common.AnswerException to answer the whole request with an error; so does a Kafka
     *     {@link org.apache.kafka.common.errors.ApiException}
     * @throws dev.heddle.common.CloseConnectionException to close the connection without an answer
     */
    @Nullable AbstractResponse handle(Request request, Access access);

    /**
     * Whether {@link #handle} may wait for anything but the processor for this request: a group, records, a lock that is
     * held over a file call, a file. A cached file answers at once, until its disk hangs. Plugins that say who the client
     * is and what it may do are not this method's affair: where there are any, {@link RequestRunner} knows. Called on a
     * Processor's thread by the inline strategy, so it must not block.
     */
    default boolean mayWait(Request request) {
        return true;
    }
}
