package dev.heddle.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/**
 * A plugin that writes down what it is asked, a line an action, and denies what the client's id says: {@code <any
 * text>/deny WRITE:TOPIC:a DELETE:*:*}. A client whose id begins with {@code held} is answered when the file {@code
 * <recording>.release} is there, and waits for it while it computes an entry of a map, which holds the carrier of
 * a virtual thread before Java 24.
 */
public final class RecordingAuthorizer implements Authorizer {

    /** Where it writes to. */
    static final String FILE = "recording.authorizer.file";

    private static final String DENY = "/deny ";
    private static final long LOOK_NANOS = 5_000_000;

    private static final AclBinding RULE = rule("a");
    private static final AclDeleteResult.AclBindingDeleteResult FAILED =
            new AclDeleteResult.AclBindingDeleteResult(rule("b"), new PolicyViolationException("kept"));

    private Path recording;

    private static AclBinding rule(String topic) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:u", "*", AclOperation.READ, AclPermissionType.ALLOW));
    }

    @Override
    public void configure(Map<String, ?> configs) {
        recording = Path.of(String.valueOf(configs.get(FILE)));
    }

    @Override
    public Map<Endpoint, ? extends CompletionStage<Void>> start(AuthorizerServerInfo server) {
        Map<Endpoint, CompletionStage<Void>> ready = new HashMap<>();
        server.endpoints().forEach(endpoint -> ready.put(endpoint, CompletableFuture.completedFuture(null)));
        return ready;
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
        if (who.clientId().startsWith("held")) awaitRelease();
        record(who, actions.stream().map(RecordingAuthorizer::text));
        return actions.stream()
                .map(action ->
                        isDenied(who.clientId(), action) ? AuthorizationResult.DENIED : AuthorizationResult.ALLOWED)
                .toList();
    }

    private static String text(Action action) {
        ResourcePattern resource = action.resourcePattern();
        return action.operation() + ":" + resource.resourceType() + ":" + resource.name() + " x"
                + action.resourceReferenceCount() + (action.logIfAllowed() ? " logIfAllowed" : "")
                + (action.logIfDenied() ? " logIfDenied" : "");
    }

    private static boolean isDenied(String clientId, Action action) {
        int deny = clientId.indexOf(DENY);
        if (deny < 0) return false;
        ResourcePattern resource = action.resourcePattern();
        List<String> asked =
                List.of(action.operation().name(), resource.resourceType().name(), resource.name());
        return Arrays.stream(clientId.substring(deny + DENY.length()).split(" "))
                .map(rule -> rule.split(":", 3))
                .anyMatch(
                        rule -> Stream.of(0, 1, 2).allMatch(i -> rule[i].equals("*") || rule[i].equals(asked.get(i))));
    }

    private void awaitRelease() {
        Path release = Path.of(recording + ".release");
        // A map computes inside one of its own monitors.
        new ConcurrentHashMap<String, Boolean>().computeIfAbsent("decision", key -> {
            while (!Files.exists(release)) LockSupport.parkNanos(LOOK_NANOS);
            return true;
        });
    }

    private void record(AuthorizableRequestContext who, Stream<String> asked) {
        String prefix = ApiKeys.forId(who.requestType()) + "|" + who.clientId() + "|" + who.principal() + "|"
                + who.securityProtocol() + "|" + who.clientAddress().isLoopbackAddress() + "|" + who.requestVersion()
                + "|";
        String lines = asked.map(action -> prefix + action + "\n").collect(Collectors.joining());
        try {
            Files.writeString(recording, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<? extends CompletionStage<AclCreateResult>> createAcls(
            AuthorizableRequestContext who, List<AclBinding> rules) {
        record(who, rules.stream().map(rule -> "create " + rule));
        return rules.stream()
                .map(rule -> CompletableFuture.supplyAsync(() -> AclCreateResult.SUCCESS))
                .toList();
    }

    @Override
    public List<? extends CompletionStage<AclDeleteResult>> deleteAcls(
            AuthorizableRequestContext who, List<AclBindingFilter> filters) {
        record(who, filters.stream().map(filter -> "delete " + filter));
        return filters.stream()
                .map(filter -> CompletableFuture.supplyAsync(
                        () -> new AclDeleteResult(List.of(new AclDeleteResult.AclBindingDeleteResult(RULE), FAILED))))
                .toList();
    }

    @Override
    public Iterable<AclBinding> acls(AclBindingFilter filter) {
        return Optional.of(RULE).filter(filter::matches).map(List::of).orElse(List.of());
    }

    @Override
    public void close() {}
}
