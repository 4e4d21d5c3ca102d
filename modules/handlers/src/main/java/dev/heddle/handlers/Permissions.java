package dev.heddle.handlers;

import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.AccessControl;
import dev.heddle.security.AccessRules;
import java.util.Optional;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.requests.RequestContext;

/**
 * Asks the authorizer in the name of whoever sent a request. Immutable, so any thread may call it.
 *
 * <p>Without an authorizer {@link #of} costs a comparison. With one, whoever asks may wait: such a request never runs on a
 * Processor's thread, see {@link #mayWait()}.
 */
final class Permissions {

    /** Everybody may do everything. */
    static final Permissions UNRESTRICTED = new Permissions(AccessControl.NONE);

    private final AccessControl control;

    Permissions(AccessControl control) {
        this.control = control;
    }

    /** Whether to ask may take time. */
    boolean mayWait() {
        return control.isConfigured();
    }

    /** What the request's sender may do. */
    Access of(Request request) {
        return control.isConfigured() ? control.of(contextOf(request)) : Access.UNRESTRICTED;
    }

    /**
     * The authorizer's own rules.
     *
     * @throws SecurityDisabledException with this message if there is no authorizer
     */
    AccessRules requireRules(String withoutAuthorizer) {
        AccessRules rules = control.rules();
        if (rules == null) throw new SecurityDisabledException(withoutAuthorizer);
        return rules;
    }

    /** Who asks for what, as authorizers know it from Apache Kafka. */
    static RequestContext contextOf(Request request) {
        ConnectionInfo connection = request.connection();
        return new RequestContext(
                request.header(),
                connection.id(),
                connection.clientAddress(),
                Optional.of(connection.clientPort()),
                connection.principal(),
                new ListenerName(connection.listenerName()),
                connection.securityProtocol(),
                connection.clientInformation(),
                connection.listener().privileged());
    }
}
