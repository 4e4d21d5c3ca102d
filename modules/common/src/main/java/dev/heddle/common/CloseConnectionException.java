package dev.heddle.common;

/** The peer does not speak the protocol, or cannot be answered: close its connection, and count it. */
public final class CloseConnectionException extends HeddleException {

    /** @param reason for the log, at DEBUG: it is the peer's fault */
    public CloseConnectionException(String reason) {
        super(reason, null);
    }

    public CloseConnectionException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
