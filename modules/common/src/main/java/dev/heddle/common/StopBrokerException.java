package dev.heddle.common;

import org.jspecify.annotations.Nullable;

/** The broker cannot start or go on: say why, in the one line that the message is, and stop. */
public final class StopBrokerException extends HeddleException {

    /** @param message one line a person can act on: what is wrong, where, and what is allowed */
    public StopBrokerException(String message) {
        super(message, null);
    }

    public StopBrokerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
