package dev.heddle.security;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules that an authorizer keeps, its ACLs. Any handler's thread may call it; it waits there, as long as the
 * authorizer takes to look or to write.
 */
public final class AccessRules {

    private static final Logger LOG = LoggerFactory.getLogger(AccessRules.class);

    private final LoadedAuthorizer authorizer;

    AccessRules(LoadedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    /** The rules that match. */
    public List<AclBinding> find(AclBindingFilter filter) {
        return authorizer.calls().call(() -> {
            List<AclBinding> found = new ArrayList<>();
            authorizer.plugin().acls(filter).forEach(found::add);
            return found;
        });
    }

    /**
     * Adds rules.
     *
     * @param waiter the request's own
     * @return a result for each rule, in their order
     * @throws AnswerException if it takes too long
     */
    public List<AclCreateResult> create(AuthorizableRequestContext who, List<AclBinding> rules, Waiter waiter) {
        return await(() -> authorizer.plugin().createAcls(who, rules), AclCreateResult::new, waiter);
    }

    /** Removes the rules that match; otherwise like {@link #create}. */
    public List<AclDeleteResult> delete(AuthorizableRequestContext who, List<AclBindingFilter> filters, Waiter waiter) {
        return await(() -> authorizer.plugin().deleteAcls(who, filters), AclDeleteResult::new, waiter);
    }

    private <T> List<T> await(
            Supplier<List<? extends CompletionStage<T>>> change, Function<ApiException, T> failed, Waiter waiter) {
        List<CompletableFuture<T>> results = new ArrayList<>();
        authorizer.calls().call(change).forEach(stage -> results.add(stage.toCompletableFuture()));
        CompletableFuture<Void> all = CompletableFuture.allOf(results.toArray(CompletableFuture[]::new));
        all.whenComplete((nothing, failure) -> waiter.wake());
        long deadlineNanos = authorizer.time().deadlineAfterMs(authorizer.rulesTimeoutMs());
        while (!all.isDone()) {
            switch (waiter.await(deadlineNanos)) {
                case WOKEN -> {}
                case TIMED_OUT -> throw new AnswerException(Errors.REQUEST_TIMED_OUT);
                case CANCELLED -> throw new AnswerException(Errors.REQUEST_TIMED_OUT, "Nobody waits for the answer");
            }
        }
        return results.stream().map(result -> resultOf(result, failed)).toList();
    }

    /** A result, or what went wrong in its place: one that fails does not take the others' answers with it. */
    private static <T> T resultOf(CompletableFuture<T> result, Function<ApiException, T> failed) {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ApiException failure) return failed.apply(failure);
            LOG.error("The authorizer failed to change its rules", e.getCause());
            return failed.apply(new UnknownServerException(Errors.UNKNOWN_SERVER_ERROR.message()));
        }
    }
}
