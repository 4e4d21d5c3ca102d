package dev.heddle.security;

/**
 * What an authorizer is asked to write into its audit log. Constants, so any thread may read them.
 */
public enum Logged {
    /** Both answers: the client meant this very resource. */
    ALWAYS(true, true),
    /** Only if it is allowed: another permission would do as well, or the client did not name the resource. */
    IF_ALLOWED(true, false),
    /** Nothing: nobody wants to do it yet. */
    NEVER(false, false);

    private final boolean ifAllowed;
    private final boolean ifDenied;

    Logged(boolean ifAllowed, boolean ifDenied) {
        this.ifAllowed = ifAllowed;
        this.ifDenied = ifDenied;
    }

    boolean ifAllowed() {
        return ifAllowed;
    }

    boolean ifDenied() {
        return ifDenied;
    }
}
