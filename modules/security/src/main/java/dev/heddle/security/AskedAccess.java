package dev.heddle.security;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;

/**
 * What an authorizer says the sender of one request may do. Belongs to the request's thread. Questions are put as Apache
 * Kafka puts them: for many resources in one call, with the number of times that the request refers to each.
 */
final class AskedAccess implements Access {

    private final Authorizer authorizer;
    private final PluginCalls calls;
    private final AuthorizableRequestContext who;

    AskedAccess(Authorizer authorizer, PluginCalls calls, AuthorizableRequestContext who) {
        this.authorizer = authorizer;
        this.calls = calls;
        this.who = who;
    }

    @Override
    public boolean isUnrestricted() {
        return false;
    }

    @Override
    public boolean allows(AclOperation operation, ResourceType type, String name, Logged logged) {
        return ask(List.of(action(operation, type, name, 1, logged))).getFirst();
    }

    @Override
    public boolean allowsSomewhere(AclOperation operation, ResourceType type) {
        return calls.call(() -> authorizer.authorizeByResourceType(who, operation, type))
                == AuthorizationResult.ALLOWED;
    }

    @Override
    public <T> Predicate<String> allowed(
            AclOperation operation,
            ResourceType type,
            Collection<T> things,
            Function<T, String> nameOf,
            Logged logged) {
        Map<String, Integer> references = LinkedHashMap.newLinkedHashMap(things.size());
        for (T thing : things) references.merge(nameOf.apply(thing), 1, Integer::sum);
        if (references.isEmpty()) return name -> false;
        List<Action> actions = new ArrayList<>(references.size());
        references.forEach((name, count) -> actions.add(action(operation, type, name, count, logged)));
        List<Boolean> answers = ask(actions);
        Set<String> allowed = HashSet.newHashSet(actions.size());
        for (int i = 0; i < actions.size(); i++) {
            if (answers.get(i)) allowed.add(actions.get(i).resourcePattern().name());
        }
        return allowed::contains;
    }

    @Override
    public int operations(ResourceType type, String name) {
        List<AclOperation> operations = Operations.of(type);
        List<Action> actions = operations.stream()
                .map(operation -> action(operation, type, name, 1, Logged.NEVER))
                .toList();
        return Operations.bits(operations, ask(actions));
    }

    private static Action action(AclOperation operation, ResourceType type, String name, int count, Logged logged) {
        var resource = new ResourcePattern(type, name, PatternType.LITERAL);
        return new Action(operation, resource, count, logged.ifAllowed(), logged.ifDenied());
    }

    /** One answer for each action; what the authorizer leaves open is denied. */
    private List<Boolean> ask(List<Action> actions) {
        List<AuthorizationResult> results = calls.call(() -> authorizer.authorize(who, actions));
        List<Boolean> answers = new ArrayList<>(actions.size());
        for (int i = 0; i < actions.size(); i++) {
            answers.add(i < results.size() && results.get(i) == AuthorizationResult.ALLOWED);
        }
        return answers;
    }
}
