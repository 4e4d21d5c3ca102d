package dev.heddle.handlers;

import dev.heddle.common.Time;
import dev.heddle.security.AuthorizerPlugin;
import dev.heddle.security.SecurityConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Allows everything but what a test has denied; one test at a time. */
public final class DenyingAuthorizer extends TestAuthorizer {

    private record Denied(AclOperation operation, ResourceType type, String name) {}

    private static final Set<Denied> DENIED = ConcurrentHashMap.newKeySet();

    /** Made by {@link #load}. */
    public DenyingAuthorizer() {}

    /** The plugin, which denies nothing yet. */
    static AuthorizerPlugin load() {
        DENIED.clear();
        var config = new SecurityConfig(DenyingAuthorizer.class.getName(), List.of(), false);
        var plugin = new AuthorizerPlugin(config, 1_000, Time.SYSTEM);
        plugin.load(Map.of());
        return plugin;
    }

    static void deny(AclOperation operation, ResourceType type, String name) {
        DENIED.add(new Denied(operation, type, name));
    }

    static void denyOnCluster(AclOperation operation) {
        deny(operation, ResourceType.CLUSTER, Resource.CLUSTER_NAME);
    }

    static void allowAll() {
        DENIED.clear();
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
        return actions.stream()
                .map(action -> new Denied(
                        action.operation(),
                        action.resourcePattern().resourceType(),
                        action.resourcePattern().name()))
                .map(asked -> DENIED.contains(asked) ? AuthorizationResult.DENIED : AuthorizationResult.ALLOWED)
                .toList();
    }
}
