package dev.heddle.requestchannel;

/** Answers requests; implemented by the table of handlers. Called on the thread that the dispatcher gave the request. */
@FunctionalInterface
public interface RequestHandler {

    /**
     * Answers {@code request} before it returns, by exactly one of {@link Request#respond}, {@link
     * Request#respondNothing} and {@link Request#closeConnection}. A {@link dev.heddle.common.CloseConnectionException}
     * closes the connection; any other exception does so too and is logged as an error.
     */
    void handle(Request request);
}
