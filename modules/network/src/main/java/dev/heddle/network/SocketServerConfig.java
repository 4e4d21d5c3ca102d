package dev.heddle.network;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidList;

/**
 * What the network path is told.
 *
 * @param listeners in the order of the configuration, each with its own limits
 * @param advertised what clients are told to connect to; empty if they are told the address they dialled
 * @param interBrokerListener the listener that brokers use among themselves
 * @param socket options of every socket
 * @param limits what bounds connections, over all listeners
 */
public record SocketServerConfig(
        List<ListenerConfig> listeners,
        List<Endpoint> advertised,
        String interBrokerListener,
        SocketOptions socket,
        ConnectionLimits limits) {

    /**
     * One listener.
     *
     * @param endpoint its name, protocol, host (null for every interface) and port (0 for any that is free)
     * @param controlPlane whether its requests have a lane of their own
     * @param networkThreads how many Processors it has
     * @param maxConnections how many connections it may have
     * @param maxConnectionCreationRate how many it may accept per second
     */
    public record ListenerConfig(
            Endpoint endpoint,
            boolean controlPlane,
            int networkThreads,
            int maxConnections,
            int maxConnectionCreationRate) {}

    /**
     * Options of every socket; sizes are in bytes, and {@code -1} leaves them to the operating system.
     *
     * @param maxRequestBytes the largest frame that is read
     * @param maxIdleMs after how long without traffic a connection is closed; negative for never
     */
    public record SocketOptions(
            int sendBufferBytes, int receiveBufferBytes, int backlog, int maxRequestBytes, long maxIdleMs) {}

    /**
     * What bounds connections over all listeners.
     *
     * @param maxPerIpOverrides by host name or address
     */
    public record ConnectionLimits(
            int maxConnections, int maxConnectionCreationRate, int maxPerIp, Map<String, Integer> maxPerIpOverrides) {}

    public static final String LISTENERS = "listeners";
    public static final String ADVERTISED_LISTENERS = "advertised.listeners";
    public static final String LISTENER_SECURITY_PROTOCOL_MAP = "listener.security.protocol.map";
    public static final String CONTROL_PLANE_LISTENER_NAME = "control.plane.listener.name";
    public static final String INTER_BROKER_LISTENER_NAME = "inter.broker.listener.name";
    public static final String SECURITY_INTER_BROKER_PROTOCOL = "security.inter.broker.protocol";
    public static final String NUM_NETWORK_THREADS = "num.network.threads";
    public static final String SOCKET_SEND_BUFFER_BYTES = "socket.send.buffer.bytes";
    public static final String SOCKET_RECEIVE_BUFFER_BYTES = "socket.receive.buffer.bytes";
    public static final String SOCKET_REQUEST_MAX_BYTES = "socket.request.max.bytes";
    public static final String SOCKET_LISTEN_BACKLOG_SIZE = "socket.listen.backlog.size";
    public static final String MAX_CONNECTIONS = "max.connections";
    public static final String MAX_CONNECTIONS_PER_IP = "max.connections.per.ip";
    public static final String MAX_CONNECTIONS_PER_IP_OVERRIDES = "max.connections.per.ip.overrides";
    public static final String MAX_CONNECTION_CREATION_RATE = "max.connection.creation.rate";
    public static final String CONNECTIONS_MAX_IDLE_MS = "connections.max.idle.ms";

    /** Adds the keys to {@code def}. */
    public static ConfigDef define(ConfigDef def) {
        return defineLimits(defineSockets(defineListeners(def)));
    }

    private static ConfigDef defineListeners(ConfigDef def) {
        return def.define(
                        LISTENERS,
                        LIST,
                        "PLAINTEXT://:9092",
                        ValidList.anyNonDuplicateValues(false, false),
                        HIGH,
                        "Where to listen, as NAME://host:port, separated by commas. Without a host it is every"
                                + " interface; port 0 takes any that is free. A name that is not a security protocol"
                                + " needs an entry in listener.security.protocol.map.")
                .define(
                        ADVERTISED_LISTENERS,
                        LIST,
                        null,
                        ValidList.anyNonDuplicateValues(false, true),
                        HIGH,
                        "The addresses that clients are told to connect to, in the form of listeners. When unset,"
                                + " each client is told the address that it dialled.")
                .define(
                        LISTENER_SECURITY_PROTOCOL_MAP,
                        STRING,
                        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
                        LOW,
                        "The security protocol of each listener, as NAME:PROTOCOL, separated by commas.")
                .define(
                        CONTROL_PLANE_LISTENER_NAME,
                        STRING,
                        null,
                        HIGH,
                        "The listener whose requests have a Processor and a handler lane of their own, so that an"
                                + " operator gets through when the others are saturated.")
                .define(
                        INTER_BROKER_LISTENER_NAME,
                        STRING,
                        null,
                        MEDIUM,
                        "The listener that brokers use among themselves. When unset, it is the one named after"
                                + " security.inter.broker.protocol. Not both may be set.")
                .define(
                        SECURITY_INTER_BROKER_PROTOCOL,
                        STRING,
                        "PLAINTEXT",
                        ConfigDef.ValidString.in("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
                        MEDIUM,
                        "The security protocol between brokers, where inter.broker.listener.name is not set.")
                .define(
                        NUM_NETWORK_THREADS,
                        INT,
                        3,
                        atLeast(1),
                        HIGH,
                        "How many Processors each listener has: threads that read requests from sockets and write the"
                                + " answers.");
    }

    private static ConfigDef defineSockets(ConfigDef def) {
        return def.define(
                        SOCKET_SEND_BUFFER_BYTES,
                        INT,
                        100 * 1024,
                        HIGH,
                        "The send buffer of each socket (SO_SNDBUF) in bytes; -1 leaves it to the operating system.")
                .define(
                        SOCKET_RECEIVE_BUFFER_BYTES,
                        INT,
                        100 * 1024,
                        HIGH,
                        "The receive buffer of each socket (SO_RCVBUF) in bytes; -1 leaves it to the operating"
                                + " system.")
                .define(
                        SOCKET_REQUEST_MAX_BYTES,
                        INT,
                        100 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "The largest request that is read, in bytes. A connection that announces more is closed.")
                .define(
                        SOCKET_LISTEN_BACKLOG_SIZE,
                        INT,
                        4096,
                        atLeast(1),
                        MEDIUM,
                        "How many connections may wait to be accepted. Linux allows no more than net.core.somaxconn."
                                + " (Kafka's own default of 50 turns a storm of reconnecting clients into seconds of"
                                + " retries.)")
                .define(
                        CONNECTIONS_MAX_IDLE_MS,
                        LONG,
                        10 * 60 * 1000L,
                        MEDIUM,
                        "After how many milliseconds without traffic a connection is closed. One that waits for the"
                                + " answer to a request is not idle.");
    }

    private static ConfigDef defineLimits(ConfigDef def) {
        return def.define(
                        MAX_CONNECTIONS,
                        INT,
                        Integer.MAX_VALUE,
                        atLeast(0),
                        MEDIUM,
                        "How many connections there may be. Further ones wait to be accepted. With the prefix"
                                + " listener.name.<name>. it bounds one listener. The inter-broker listener is not"
                                + " held back by the limit over all listeners: for its connections, the longest idle"
                                + " one of another listener is closed.")
                .define(
                        MAX_CONNECTIONS_PER_IP,
                        INT,
                        Integer.MAX_VALUE,
                        atLeast(0),
                        MEDIUM,
                        "How many connections one address may have; further ones are closed at once.")
                .define(
                        MAX_CONNECTIONS_PER_IP_OVERRIDES,
                        STRING,
                        "",
                        MEDIUM,
                        "Exceptions from max.connections.per.ip, as host:count, separated by commas.")
                .define(
                        MAX_CONNECTION_CREATION_RATE,
                        INT,
                        Integer.MAX_VALUE,
                        atLeast(0),
                        MEDIUM,
                        "How many connections are accepted per second; further ones wait. With the prefix"
                                + " listener.name.<name>. it bounds one listener.");
    }

    /**
     * Reads and checks the keys.
     *
     * @throws org.apache.kafka.common.config.ConfigException if a value cannot be, saying which and what is allowed
     */
    public static SocketServerConfig from(AbstractConfig parsed) {
        return new SocketServerConfigReader(parsed).read();
    }
}
