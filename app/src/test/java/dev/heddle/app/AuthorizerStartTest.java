package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The life of an authorizer in a whole broker. */
@Timeout(60)
class AuthorizerStartTest {

    private static final Map<String, CompletableFuture<Void>> READY = new ConcurrentHashMap<>();
    private static final List<AuthorizableRequestContext> ASKED = new CopyOnWriteArrayList<>();
    private static volatile CompletableFuture<AuthorizerServerInfo> started;
    private static volatile Map<String, ?> configs;

    @TempDir
    Path data;

    public static final class Plugin implements Authorizer, Reconfigurable {

        @Override
        public void configure(Map<String, ?> given) {
            configs = given;
        }

        @Override
        public Map<Endpoint, CompletableFuture<Void>> start(AuthorizerServerInfo server) {
            Map<Endpoint, CompletableFuture<Void>> ready = new HashMap<>();
            server.endpoints().forEach(endpoint -> {
                CompletableFuture<Void> future = READY.get(endpoint.listener());
                if (future != null) ready.put(endpoint, future);
            });
            started.complete(server);
            return ready;
        }

        @Override
        public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
            ASKED.add(who);
            return actions.stream().map(action -> AuthorizationResult.ALLOWED).toList();
        }

        @Override
        public List<CompletableFuture<AclCreateResult>> createAcls(
                AuthorizableRequestContext who, List<AclBinding> rules) {
            return List.of();
        }

        @Override
        public List<CompletableFuture<AclDeleteResult>> deleteAcls(
                AuthorizableRequestContext who, List<AclBindingFilter> filters) {
            return List.of();
        }

        @Override
        public Iterable<AclBinding> acls(AclBindingFilter filter) {
            return List.of();
        }

        @Override
        public void close() {}

        @Override
        public Set<String> reconfigurableConfigs() {
            return Set.of("plugin.level");
        }

        @Override
        public void validateReconfiguration(Map<String, ?> changed) {
            if ("bad".equals(changed.get("plugin.level"))) throw new ConfigException("a bad level");
        }

        @Override
        public void reconfigure(Map<String, ?> changed) {
            configs = changed;
        }
    }

    public static final class Named implements KafkaPrincipalBuilder {

        @Override
        public KafkaPrincipal build(AuthenticationContext context) {
            return new KafkaPrincipal("User", "of-" + context.listenerName());
        }

        @Override
        public byte[] serialize(KafkaPrincipal principal) {
            return new byte[0];
        }

        @Override
        public KafkaPrincipal deserialize(byte[] bytes) {
            return KafkaPrincipal.ANONYMOUS;
        }
    }

    @BeforeEach
    void forget() {
        READY.clear();
        ASKED.clear();
        started = new CompletableFuture<>();
    }

    private BrokerServer broker(int first, int second) {
        return new BrokerServer(
                HeddleConfig.of(Map.of(
                        "listeners",
                        "FIRST://localhost:" + first + ",SECOND://localhost:" + second,
                        "listener.security.protocol.map",
                        "FIRST:PLAINTEXT,SECOND:PLAINTEXT",
                        "inter.broker.listener.name",
                        "FIRST",
                        "early.start.listeners",
                        "FIRST",
                        "log.dirs",
                        data.toString(),
                        "authorizer.class.name",
                        Plugin.class.getName(),
                        "listener.name.second.principal.builder.class",
                        Named.class.getName(),
                        "plugin.level",
                        "1")),
                Time.SYSTEM,
                failure -> {
                    throw new AssertionError(failure);
                });
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            return socket.getLocalPort();
        }
    }

    private static void askFor(int port) throws IOException {
        var request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        request.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("t"));
        try (var client = new RehearsalClient(port)) {
            client.ask(new MetadataRequest.Builder(request).build());
        }
    }

    @Test
    void aListenerWorksAsSoonAsTheAuthorizerIsReadyForIt() throws Exception {
        READY.put("SECOND", new CompletableFuture<>());
        int first = freePort();
        try (BrokerServer broker = broker(first, freePort())) {
            var up = new CompletableFuture<Void>();
            Threads.platform("starter", () -> {
                        broker.startup();
                        up.complete(null);
                    })
                    .start();
            AuthorizerServerInfo server = started.get();
            assertEquals("FIRST", server.interBrokerEndpoint().listener());
            assertEquals(List.of("FIRST"), List.copyOf(server.earlyStartListeners()));
            assertEquals(2, server.endpoints().size());
            askFor(first);
            assertFalse(up.isDone(), "the broker is not ready");
            READY.get("SECOND").complete(null);
            up.get();
            askFor(broker.boundPort("SECOND"));
        }
        assertEquals(
                List.of("User:ANONYMOUS", "User:of-SECOND"),
                ASKED.stream().map(who -> who.principal().toString()).distinct().toList());
        assertEquals("FIRST", ASKED.getFirst().listenerName());
    }

    @Test
    void anAuthorizerThatCannotStartStopsTheBroker() {
        var failed = new CompletableFuture<Void>();
        failed.completeExceptionally(new IllegalStateException("no connection to its directory"));
        READY.put("FIRST", failed);
        try (BrokerServer broker = broker(0, 0)) {
            var failure = assertThrows(StopBrokerException.class, broker::startup);
            assertTrue(failure.getMessage().contains("no connection to its directory"), failure.getMessage());
        }
    }

    @Test
    void aStartThatWaitsCanBeGivenUp() throws Exception {
        READY.put("FIRST", new CompletableFuture<>());
        try (BrokerServer broker = broker(0, 0)) {
            var failure = new CompletableFuture<Throwable>();
            Threads.platform("starter", () -> {
                        try {
                            broker.startup();
                        } catch (StopBrokerException e) {
                            failure.complete(e);
                        }
                    })
                    .start();
            started.get();
            broker.abandonStartup();
            assertTrue(failure.get().getMessage().contains("waited for the authorizer"));
        }
    }

    @Test
    void itsKeysAreAlteredWhileTheBrokerRuns() throws IOException {
        try (BrokerServer broker = broker(0, 0)) {
            broker.startup();
            assertEquals("1", configs.get("plugin.level"));
            int port = broker.boundPort("FIRST");
            assertEquals(Errors.INVALID_REQUEST, alter(port, "plugin.level", "bad"));
            assertEquals("1", configs.get("plugin.level"));
            assertEquals(Errors.NONE, alter(port, "plugin.level", "2"));
            assertEquals("2", configs.get("plugin.level"));
            assertEquals(Errors.INVALID_REQUEST, alter(port, "plugin.other", "2"));
        }
        try (BrokerServer again = broker(0, 0)) {
            again.startup();
            assertEquals("2", configs.get("plugin.level"), "what was altered is there after a restart");
        }
    }

    private static Errors alter(int port, String key, String value) throws IOException {
        var resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.BROKER.id())
                .setResourceName("");
        resource.configs()
                .add(new AlterableConfig().setName(key).setValue(value).setConfigOperation((byte) 0));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(resource);
        try (var client = new RehearsalClient(port)) {
            var answer = (IncrementalAlterConfigsResponseData)
                    client.ask(new IncrementalAlterConfigsRequest(request, (short) 1))
                            .data();
            return Errors.forCode(answer.responses().getFirst().errorCode());
        }
    }
}
