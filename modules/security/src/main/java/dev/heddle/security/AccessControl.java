package dev.heddle.security;

import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.jspecify.annotations.Nullable;

/**
 * Whom handlers ask: the authorizer, if there is one. Immutable, so any thread may call it.
 */
public final class AccessControl {

    /** Nobody is asked. */
    public static final AccessControl NONE = new AccessControl(null);

    private final @Nullable LoadedAuthorizer authorizer;

    AccessControl(@Nullable LoadedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    /** Whether there is an authorizer: then a request that asks it may wait. */
    public boolean isConfigured() {
        return authorizer != null;
    }

    /** What {@code who} may do. */
    public Access of(AuthorizableRequestContext who) {
        return authorizer == null ? Access.UNRESTRICTED : new AskedAccess(authorizer.plugin(), authorizer.calls(), who);
    }

    /** The authorizer's own rules; null if there is no authorizer. */
    public @Nullable AccessRules rules() {
        return authorizer == null ? null : new AccessRules(authorizer);
    }
}
