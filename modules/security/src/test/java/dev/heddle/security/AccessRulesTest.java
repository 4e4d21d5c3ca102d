package dev.heddle.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccessRulesTest {

    private final RecordingAuthorizer authorizer = new RecordingAuthorizer();

    private AccessRules rules(Time time, long timeoutMs) {
        return new AccessRules(new LoadedAuthorizer(authorizer, new PluginCalls(time), time, timeoutMs));
    }

    private static AclBinding rule(String topic) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:u", "*", AclOperation.READ, AclPermissionType.ALLOW));
    }

    @Test
    void findsTheRulesThatMatch() {
        authorizer.rules = List.of(rule("a"), rule("b"));
        AccessRules rules = rules(Time.SYSTEM, 1000);
        assertEquals(List.of(rule("a"), rule("b")), rules.find(AclBindingFilter.ANY));
        assertEquals(List.of(rule("b")), rules.find(rule("b").toFilter()));
    }

    @Test
    void waitsUntilThePluginHasMadeEveryChange() throws Exception {
        var first = new CompletableFuture<AclCreateResult>();
        var second = new CompletableFuture<AclCreateResult>();
        authorizer.creations.addAll(List.of(first, second));
        var waiter = new Waiter(Time.SYSTEM);
        var results = new CompletableFuture<List<AclCreateResult>>();
        Thread asking = Threads.virtual(
                "asking",
                () -> results.complete(rules(Time.SYSTEM, Long.MAX_VALUE)
                        .create(new Asking(), List.of(rule("a"), rule("b")), waiter)));
        asking.start();
        second.complete(AclCreateResult.SUCCESS);
        var refused = new AclCreateResult(new PolicyViolationException("no"));
        first.complete(refused);
        assertEquals(List.of(refused, AclCreateResult.SUCCESS), results.get());
    }

    @Test
    void aChangeThatFailsDoesNotTakeTheOthersAnswersWithIt() {
        var known = new CompletableFuture<AclDeleteResult>();
        known.completeExceptionally(new PolicyViolationException("no"));
        var unknown = new CompletableFuture<AclDeleteResult>();
        unknown.completeExceptionally(new IllegalStateException("a secret"));
        var good = new AclDeleteResult(List.of());
        authorizer.deletions.addAll(List.of(known, unknown, CompletableFuture.completedFuture(good)));
        List<AclDeleteResult> results =
                rules(Time.SYSTEM, 1000).delete(new Asking(), List.of(AclBindingFilter.ANY), new Waiter(Time.SYSTEM));
        assertInstanceOf(
                PolicyViolationException.class, results.get(0).exception().orElseThrow());
        assertInstanceOf(
                UnknownServerException.class, results.get(1).exception().orElseThrow());
        assertSame(good, results.get(2));
    }

    @Test
    void doesNotWaitForEver() {
        authorizer.creations.add(new CompletableFuture<>());
        var time = new ManualTime(0);
        var late = assertThrows(
                AnswerException.class, () -> rules(time, 0).create(new Asking(), List.of(rule("a")), new Waiter(time)));
        assertEquals(Errors.REQUEST_TIMED_OUT, late.error());
    }

    @Test
    void stopsWaitingWhenTheClientHasGone() {
        authorizer.creations.add(new CompletableFuture<>());
        var waiter = new Waiter(Time.SYSTEM);
        waiter.cancel();
        assertThrows(
                AnswerException.class,
                () -> rules(Time.SYSTEM, Long.MAX_VALUE).create(new Asking(), List.of(rule("a")), waiter));
    }
}
