package dev.heddle.handlers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * Finds the handler of an API; its keys are the APIs that the broker offers, and {@code ApiVersions} advertises exactly
 * them. Immutable, so any thread may call it.
 */
public final class HandlerTable {

    private final Map<ApiKeys, ApiHandler> handlers;
    private final Permissions permissions;

    /** A table of a broker without an authorizer. */
    HandlerTable(Collection<ApiHandler> handlers) {
        this(handlers, Permissions.UNRESTRICTED);
    }

    /** @param permissions asked before a handler does anything */
    HandlerTable(Collection<ApiHandler> handlers, Permissions permissions) {
        this.permissions = permissions;
        var byKey = new EnumMap<ApiKeys, ApiHandler>(ApiKeys.class);
        for (ApiHandler handler : handlers) {
            ApiHandler other = byKey.put(handler.apiKey(), handler);
            if (other != null) {
                throw new IllegalArgumentException(
                        "Two handlers for " + handler.apiKey() + ": " + other.getClass() + ", " + handler.getClass());
            }
        }
        this.handlers = Collections.unmodifiableMap(byKey);
    }

    /** Makes a handler for every API that this broker offers. */
    public static HandlerTable create(HandlerServices services) {
        var creation = new AutoTopicCreation(
                services.metadata().controller(),
                services.metadata().cache(),
                services.configs().broker(),
                services.configs().offsetsTopic(),
                services.configs().transactions(),
                services.coordinators().shares().topic());
        var permissions = new Permissions(services.access());
        var table = new AtomicReference<HandlerTable>(); // ApiVersions describes the table that it is in
        List<ApiHandler> handlers = new ArrayList<>();
        handlers.addAll(AdminHandlers.of(services, creation, table::get));
        handlers.addAll(DataHandlers.of(services));
        handlers.addAll(AclHandlers.of(permissions));
        handlers.addAll(GroupHandlers.of(services, creation));
        handlers.addAll(TransactionHandlers.of(services));
        handlers.addAll(ShareHandlers.of(services));
        table.set(new HandlerTable(handlers, permissions));
        return table.get();
    }

    /** The APIs that this broker offers. */
    public Set<ApiKeys> apis() {
        return handlers.keySet();
    }

    /** Whether {@code version} of {@code api} is offered, as Apache Kafka 4.3 offers it on a broker's listener. */
    public boolean offers(ApiKeys api, short version) {
        return handlers.containsKey(api) && api.isVersionEnabled(version, false);
    }

    /** Who may do what. */
    Permissions permissions() {
        return permissions;
    }

    @Nullable ApiHandler find(ApiKeys api) {
        return handlers.get(api);
    }
}
