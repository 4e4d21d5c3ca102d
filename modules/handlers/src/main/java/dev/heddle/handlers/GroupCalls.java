package dev.heddle.handlers;

import dev.heddle.coordinator.CallContext;
import dev.heddle.requestchannel.Request;

/** How a request turns into a call of the group coordinator. Stateless, so any thread may call it. */
final class GroupCalls {

    private GroupCalls() {}

    /** Who calls, for the coordinator; the coordinator waits on the request's own waiter. */
    static CallContext context(Request request) {
        return new CallContext(
                request.clientId(),
                request.connection().clientAddress().toString(),
                request.apiVersion(),
                request.waiter());
    }
}
