package dev.heddle.requestchannel;

/** Where a request came from and its answer goes: a connection. Called by handler threads; must not block. */
public interface RequestSource {

    /** The connection. */
    ConnectionInfo info();

    /** {@code request} has its {@link Request#response()}. Called once for each request that was started, in any order. */
    void answered(Request request);

    /**
     * The connection's next request is to start, but not before others have had their turn: {@code start} does so. There is
     * at most one for a connection at a time.
     */
    default void startInTurn(Runnable start) {
        start.run();
    }
}
