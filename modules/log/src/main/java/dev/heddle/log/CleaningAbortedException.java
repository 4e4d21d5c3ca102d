package dev.heddle.log;

import java.io.IOException;

/** The cleaning of a log was called off: somebody wants to truncate or delete it, or the cleaner stops. */
final class CleaningAbortedException extends IOException {

    private static final long serialVersionUID = 1L;

    CleaningAbortedException() {
        super("Cleaning was aborted");
    }

    /** Expected, and caught a few frames above: it carries no stack trace. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
