package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketServerConfigTest {

    private static SocketServerConfig config(String... values) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < values.length; i += 2) given.put(values[i], values[i + 1]);
        return SocketServerConfig.from(new AbstractConfig(SocketServerConfig.define(new ConfigDef()), given, false));
    }

    @Test
    void theDefaultsAreKafkasExceptForTheBacklog() {
        SocketServerConfig config = config();
        var listener = config.listeners().getFirst();
        assertEquals(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, null, 9092), listener.endpoint());
        assertEquals(3, listener.networkThreads());
        assertEquals(Integer.MAX_VALUE, listener.maxConnections());
        assertEquals(List.of(), config.advertised());
        assertEquals("PLAINTEXT", config.interBrokerListener());
        assertEquals(
                new SocketServerConfig.SocketOptions(102_400, 102_400, 4096, 104_857_600, 600_000), config.socket());
        assertEquals(
                new SocketServerConfig.ConnectionLimits(
                        Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Map.of()),
                config.limits());
    }

    @Test
    void everyKeyIsMapped() {
        SocketServerConfig config = config(
                "listeners",
                "internal://127.0.0.1:9092,EXTERNAL://[::1]:0,CONTROL://:9095",
                "advertised.listeners",
                "INTERNAL://in:1,external://out:2",
                "listener.security.protocol.map",
                "INTERNAL:PLAINTEXT,EXTERNAL:SASL_SSL,CONTROL:PLAINTEXT",
                "inter.broker.listener.name",
                "INTERNAL",
                "control.plane.listener.name",
                "CONTROL",
                "num.network.threads",
                "5",
                "listener.name.external.num.network.threads",
                "7",
                "listener.name.external.max.connections",
                "8",
                "listener.name.external.max.connection.creation.rate",
                "9",
                "socket.send.buffer.bytes",
                "-1",
                "socket.receive.buffer.bytes",
                "11",
                "socket.listen.backlog.size",
                "12",
                "socket.request.max.bytes",
                "13",
                "connections.max.idle.ms",
                "14",
                "max.connections",
                "15",
                "max.connection.creation.rate",
                "16",
                "max.connections.per.ip",
                "17",
                "max.connections.per.ip.overrides",
                "localhost:18,[::1]:19");
        assertEquals(
                new SocketServerConfig.ListenerConfig(
                        new Endpoint("INTERNAL", SecurityProtocol.PLAINTEXT, "127.0.0.1", 9092),
                        false,
                        5,
                        Integer.MAX_VALUE,
                        Integer.MAX_VALUE),
                config.listeners().get(0));
        assertEquals(
                new SocketServerConfig.ListenerConfig(
                        new Endpoint("EXTERNAL", SecurityProtocol.SASL_SSL, "::1", 0), false, 7, 8, 9),
                config.listeners().get(1));
        assertTrue(config.listeners().get(2).controlPlane());
        assertEquals(1, config.listeners().get(2).networkThreads());
        assertNull(config.listeners().get(2).endpoint().host());
        assertEquals(
                List.of("in", "out"),
                config.advertised().stream().map(Endpoint::host).toList());
        assertEquals("INTERNAL", config.interBrokerListener());
        assertEquals(new SocketServerConfig.SocketOptions(-1, 11, 12, 13, 14), config.socket());
        assertEquals(
                new SocketServerConfig.ConnectionLimits(15, 16, 17, Map.of("localhost", 18, "::1", 19)),
                config.limits());
    }

    @Test
    void anIpv4AndAnIpv6ListenerMayShareAPort() {
        assertEquals(
                2,
                config("listeners", "PLAINTEXT://127.0.0.1:9092,SSL://[::1]:9092")
                        .listeners()
                        .size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            listeners                       | localhost:9092
            listeners                       | PLAINTEXT://localhost
            listeners                       | PLAINTEXT://localhost:65536
            listeners                       | PLAINTEXT://localhost:-2
            listeners                       | PLAINTEXT://localhost:99999999999
            listeners                       | ://localhost:9092
            listeners                       | UNHEARDOF://localhost:9092
            listeners                       | PLAINTEXT://a:9092,PLAINTEXT://b:9093
            listeners                       | PLAINTEXT://:9092,SSL://:9092
            advertised.listeners            | PLAINTEXT://0.0.0.0:9092
            advertised.listeners            | SSL://host:9092
            listener.security.protocol.map  | PLAINTEXT
            listener.security.protocol.map  | PLAINTEXT:NONE
            listener.security.protocol.map  | PLAINTEXT:PLAINTEXT,PLAINTEXT:SSL
            control.plane.listener.name     | CONTROL
            control.plane.listener.name     | PLAINTEXT
            inter.broker.listener.name      | BROKERS
            security.inter.broker.protocol  | SSL
            num.network.threads             | 0
            socket.request.max.bytes        | 0
            socket.listen.backlog.size      | 0
            max.connections                 | -1
            max.connections.per.ip          | 0
            max.connections.per.ip.overrides| localhost
            max.connections.per.ip.overrides| localhost:many
            max.connections.per.ip.overrides| localhost:-1
            listener.name.plaintext.max.connections| few
            """)
    void aValueThatCannotBeIsNamedWithItsKey(String key, String value) {
        var failure = assertThrows(ConfigException.class, () -> config(key, value));
        assertTrue(failure.getMessage().contains(key.trim()), failure.getMessage());
    }
}
