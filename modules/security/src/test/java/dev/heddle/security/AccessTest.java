package dev.heddle.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Time;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.junit.jupiter.api.Test;

class AccessTest {

    private final RecordingAuthorizer authorizer = new RecordingAuthorizer();
    private final Access access = accessTo(authorizer);

    private static Access accessTo(RecordingAuthorizer authorizer) {
        var loaded = new LoadedAuthorizer(authorizer, new PluginCalls(Time.SYSTEM), Time.SYSTEM, 1000);
        return new AccessControl(loaded).of(new Asking());
    }

    private static Action action(AclOperation operation, ResourceType type, String name, int count, boolean... logged) {
        return new Action(operation, new ResourcePattern(type, name, PatternType.LITERAL), count, logged[0], logged[1]);
    }

    @Test
    void asksForOneResourceWithBothKindsOfLogging() {
        assertTrue(access.allows(AclOperation.READ, ResourceType.GROUP, "g"));
        authorizer.allows = action -> false;
        assertFalse(access.allowsOnCluster(AclOperation.CREATE, Logged.IF_ALLOWED));
        assertEquals(
                List.of(
                        List.of(action(AclOperation.READ, ResourceType.GROUP, "g", 1, true, true)),
                        List.of(action(AclOperation.CREATE, ResourceType.CLUSTER, "kafka-cluster", 1, true, false))),
                authorizer.calls);
    }

    @Test
    void asksForManyResourcesInOneCallThatCountsReferences() {
        authorizer.allows = action -> !action.resourcePattern().name().equals("b");
        Predicate<String> allowed =
                access.allowed(AclOperation.WRITE, ResourceType.TOPIC, List.of("a", "b", "a", "c", "a"));
        assertEquals(
                List.of(List.of(
                        action(AclOperation.WRITE, ResourceType.TOPIC, "a", 3, true, true),
                        action(AclOperation.WRITE, ResourceType.TOPIC, "b", 1, true, true),
                        action(AclOperation.WRITE, ResourceType.TOPIC, "c", 1, true, true))),
                authorizer.calls);
        assertTrue(allowed.test("a"));
        assertFalse(allowed.test("b"));
        assertTrue(allowed.test("c"));
        assertFalse(allowed.test("never asked for"));
    }

    @Test
    void asksNothingAboutNothing() {
        assertFalse(access.allowed(AclOperation.WRITE, ResourceType.TOPIC, List.of())
                .test("a"));
        assertEquals(List.of(), authorizer.calls);
    }

    @Test
    void showsTheOperationsThatAreAllowedWithoutLogging() {
        authorizer.allows =
                action -> action.operation() == AclOperation.READ || action.operation() == AclOperation.ALTER;
        assertEquals(
                Utils.to32BitField(Set.of(AclOperation.READ.code(), AclOperation.ALTER.code())),
                access.operations(ResourceType.TOPIC, "a"));
        assertTrue(authorizer.calls.getFirst().stream()
                .noneMatch(action -> action.logIfAllowed() || action.logIfDenied()));
        assertEquals(8, authorizer.calls.getFirst().size());
        authorizer.allows = action -> true;
        for (ResourceType type : List.of(ResourceType.TOPIC, ResourceType.GROUP, ResourceType.CLUSTER))
            assertEquals(Access.UNRESTRICTED.operations(type, "a"), access.operations(type, "a"));
    }

    @Test
    void knowsTheOperationsThatKafkaKnows() {
        Set<AclOperation> ofTransactionalId =
                Operations.of(ResourceType.TRANSACTIONAL_ID).stream().collect(Collectors.toSet());
        assertEquals(
                Set.of(AclOperation.DESCRIBE, AclOperation.WRITE, AclOperation.TWO_PHASE_COMMIT), ofTransactionalId);
        assertThrows(IllegalArgumentException.class, () -> Operations.of(ResourceType.ANY));
    }

    @Test
    void refusesOnTheClusterByAnException() {
        access.requireOnCluster(AclOperation.ALTER);
        authorizer.allows = action -> false;
        assertThrows(ClusterAuthorizationException.class, () -> access.requireOnCluster(AclOperation.ALTER));
    }

    @Test
    void asksByTypeWhereAnyResourceWouldDo() {
        assertTrue(access.allowsSomewhere(AclOperation.WRITE, ResourceType.TOPIC));
        authorizer.allows = action -> false;
        assertFalse(access.allowsSomewhere(AclOperation.WRITE, ResourceType.TOPIC));
    }

    @Test
    void takesAnAnswerThatIsMissingForANo() {
        var lazy = new RecordingAuthorizer() {
            @Override
            public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
                return List.of(AuthorizationResult.ALLOWED);
            }
        };
        Predicate<String> allowed = accessTo(lazy).allowed(AclOperation.READ, ResourceType.TOPIC, List.of("a", "b"));
        assertTrue(allowed.test("a"));
        assertFalse(allowed.test("b"));
    }

    @Test
    void letsWhatAPluginThrowsThrough() {
        authorizer.allows = action -> {
            throw new ClusterAuthorizationException("down");
        };
        assertThrows(ClusterAuthorizationException.class, () -> access.allowsOnCluster(AclOperation.ALTER));
    }

    @Test
    void withoutAnAuthorizerAnswersWithConstants() {
        Access open = AccessControl.NONE.of(new Asking());
        assertSame(Access.UNRESTRICTED, open);
        assertTrue(open.isUnrestricted());
        assertTrue(open.allowsSomewhere(AclOperation.WRITE, ResourceType.TOPIC));
        Predicate<String> one = open.allowed(AclOperation.WRITE, ResourceType.TOPIC, List.of("a"));
        assertSame(one, open.allowed(AclOperation.READ, ResourceType.TOPIC, List.of("b")));
        assertTrue(one.test("anything"));
    }
}
