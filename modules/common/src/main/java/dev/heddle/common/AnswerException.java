package dev.heddle.common;

import org.apache.kafka.common.protocol.Errors;

/**
 * What the client asked for cannot be done: answer that part of the request with {@link #error()}. A module may add
 * detail to it in a subclass.
 */
public non-sealed class AnswerException extends HeddleException {

    private final Errors error;

    /** Answers with {@code error} and its own standard message. */
    public AnswerException(Errors error) {
        this(error, error.message());
    }

    /**
     * Answers with {@code error}.
     *
     * @param message goes to the client where the response has room for it
     */
    public AnswerException(Errors error, String message) {
        super(message, null);
        this.error = error;
    }

    /** The protocol's error code. */
    public Errors error() {
        return error;
    }

    /** An expected outcome, and frequent under attack: it carries no stack trace. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
