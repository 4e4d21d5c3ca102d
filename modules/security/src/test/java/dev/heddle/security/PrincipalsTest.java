package dev.heddle.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.Closeable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.auth.PlaintextAuthenticationContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrincipalsTest {

    private static final AtomicInteger CREATED = new AtomicInteger();
    private static final AtomicInteger CLOSED = new AtomicInteger();

    /** Opened when as many builders are at work as the test wants. */
    private static volatile CountDownLatch atWork = new CountDownLatch(0);

    public static final class ByAddress implements KafkaPrincipalBuilder, Configurable, Closeable {

        private final AtomicInteger users = new AtomicInteger();
        private String suffix = "";

        public ByAddress() {
            CREATED.incrementAndGet();
        }

        @Override
        public void configure(Map<String, ?> configs) {
            suffix = String.valueOf(configs.get("its.suffix"));
        }

        @Override
        public KafkaPrincipal build(AuthenticationContext context) {
            if (users.incrementAndGet() > 1) throw new AssertionError("used by two threads at once");
            atWork.countDown();
            try {
                atWork.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            users.decrementAndGet();
            return new KafkaPrincipal("User", context.clientAddress().getHostAddress() + suffix);
        }

        @Override
        public byte[] serialize(KafkaPrincipal principal) {
            return new byte[0];
        }

        @Override
        public KafkaPrincipal deserialize(byte[] bytes) {
            return KafkaPrincipal.ANONYMOUS;
        }

        @Override
        public void close() {
            CLOSED.incrementAndGet();
        }
    }

    private static Principals principals(Map<String, String> given) {
        var all = new HashMap<>(given);
        return new Principals(new AbstractConfig(SecurityConfig.define(new ConfigDef()), all, false), Time.SYSTEM);
    }

    private static AuthenticationContext client(String listener) {
        return new PlaintextAuthenticationContext(InetAddress.getLoopbackAddress(), listener);
    }

    @Test
    void clientsAreAnonymousUnlessSomethingElseIsConfigured() {
        try (Principals principals = principals(Map.of())) {
            principals.prepare("PLAINTEXT");
            assertNull(principals.of("PLAINTEXT"));
        }
    }

    @Test
    void aBuilderIsConfiguredAndAskedAndClosed() {
        int closed = CLOSED.get();
        try (Principals principals =
                principals(Map.of("principal.builder.class", ByAddress.class.getName(), "its.suffix", "!"))) {
            principals.prepare("PLAINTEXT");
            Function<AuthenticationContext, KafkaPrincipal> builder = principals.of("PLAINTEXT");
            assertNotNull(builder);
            assertEquals("User:127.0.0.1!", builder.apply(client("PLAINTEXT")).toString());
        }
        assertEquals(closed + 1, CLOSED.get());
    }

    @Test
    void oneListenerMayHaveABuilderOfItsOwn() {
        try (Principals principals =
                principals(Map.of("listener.name.inside.principal.builder.class", ByAddress.class.getName()))) {
            principals.prepare("INSIDE");
            principals.prepare("OUTSIDE");
            assertNotNull(principals.of("INSIDE"));
            assertNull(principals.of("OUTSIDE"));
        }
    }

    @Test
    void eachInstanceServesOneThreadAtATimeAndNobodyWaitsForAnother() throws Exception {
        int created = CREATED.get();
        int clients = 8;
        atWork = new CountDownLatch(clients);
        try (Principals principals = principals(Map.of("principal.builder.class", ByAddress.class.getName()))) {
            Function<AuthenticationContext, KafkaPrincipal> builder = principals.of("PLAINTEXT");
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                threads.add(Threads.platform("client-" + i, () -> builder.apply(client("PLAINTEXT"))));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) thread.join();
            builder.apply(client("PLAINTEXT"));
        }
        assertEquals(created + clients, CREATED.get());
    }

    @Test
    void aClassThatIsNoBuilderStopsTheStart() {
        try (Principals principals = principals(Map.of("principal.builder.class", "java.lang.String"))) {
            var failure = assertThrows(StopBrokerException.class, () -> principals.prepare("PLAINTEXT"));
            assertTrue(
                    failure.getMessage().startsWith("principal.builder.class=java.lang.String of listener PLAINTEXT"));
        }
    }
}
