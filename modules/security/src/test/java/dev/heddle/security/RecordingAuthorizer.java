package dev.heddle.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/** Remembers what it is asked, and answers what its test wants. Not for several threads at once. */
public class RecordingAuthorizer implements Authorizer {

    final List<List<Action>> calls = new ArrayList<>();
    final List<CompletableFuture<AclCreateResult>> creations = new ArrayList<>();
    final List<CompletableFuture<AclDeleteResult>> deletions = new ArrayList<>();
    Predicate<Action> allows = action -> true;
    Map<String, ?> configs = Map.of();
    Map<Endpoint, CompletableFuture<Void>> ready = Map.of();
    List<AclBinding> rules = List.of();
    int closed;

    @Override
    public void configure(Map<String, ?> configs) {
        this.configs = configs;
    }

    @Override
    public Map<Endpoint, ? extends CompletionStage<Void>> start(AuthorizerServerInfo server) {
        return ready;
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
        calls.add(actions);
        return actions.stream()
                .map(action -> allows.test(action) ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED)
                .toList();
    }

    @Override
    public List<? extends CompletionStage<AclCreateResult>> createAcls(
            AuthorizableRequestContext who, List<AclBinding> added) {
        return creations;
    }

    @Override
    public List<? extends CompletionStage<AclDeleteResult>> deleteAcls(
            AuthorizableRequestContext who, List<AclBindingFilter> filters) {
        return deletions;
    }

    @Override
    public Iterable<AclBinding> acls(AclBindingFilter filter) {
        return rules.stream().filter(filter::matches).toList();
    }

    @Override
    public void close() {
        closed++;
    }
}
