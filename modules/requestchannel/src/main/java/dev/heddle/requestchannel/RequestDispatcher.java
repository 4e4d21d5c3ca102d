package dev.heddle.requestchannel;

/**
 * Gives a request a thread; implemented by the handler strategies. Called by a Processor (a frame has arrived) or by
 * the thread of a finishing handler (the next request of that connection), so it must never block.
 *
 * <p>The thread that is given calls {@link Request#handle(RequestHandler)}. It may be the calling thread only if
 * {@link Request#mayRunOnCaller()}: otherwise the caller is in the middle of another request of the same connection.
 */
@FunctionalInterface
public interface RequestDispatcher {

    /** Sees to it that {@link Request#handle} is called, exactly once. */
    void dispatch(Request request);
}
