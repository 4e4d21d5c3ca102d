package dev.heddle.network;

import dev.heddle.network.SocketServerConfig.ConnectionLimits;
import dev.heddle.network.SocketServerConfig.ListenerConfig;
import dev.heddle.network.SocketServerConfig.SocketOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** Makes a {@link SocketServerConfig} out of keys and values, with Kafka's checks. Used by one thread. */
final class SocketServerConfigReader {

    private static final Pattern ENDPOINT = Pattern.compile("^(.*)://\\[?([0-9a-zA-Z\\-%._:]*)\\]?:(-?[0-9]+)");
    private static final int MAX_PORT = 65535;
    private static final String META_ADDRESS = "0.0.0.0";

    private final AbstractConfig parsed;
    private final Map<String, SecurityProtocol> protocols;

    SocketServerConfigReader(AbstractConfig parsed) {
        this.parsed = parsed;
        this.protocols = readProtocols(parsed.getString(SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP));
    }

    SocketServerConfig read() {
        List<Endpoint> listeners =
                endpoints(SocketServerConfig.LISTENERS, parsed.getList(SocketServerConfig.LISTENERS));
        requireDistinct(listeners);
        List<Endpoint> advertised = readAdvertised(listeners);
        String interBroker = readInterBrokerListener(advertised.isEmpty() ? listeners : advertised);
        String controlPlane = readControlPlane(listeners, interBroker);
        return new SocketServerConfig(
                listeners.stream().map(e -> listener(e, controlPlane)).toList(),
                advertised,
                interBroker,
                readSocketOptions(),
                readLimits());
    }

    private static Map<String, SecurityProtocol> readProtocols(String value) {
        var protocols = new LinkedHashMap<String, SecurityProtocol>();
        for (String entry : value.split(",")) {
            if (entry.isBlank()) continue;
            int colon = entry.lastIndexOf(':');
            if (colon < 0) throw badProtocols(value, "each entry is NAME:PROTOCOL");
            String name = normalised(entry.substring(0, colon));
            if (protocols.put(name, protocol(value, entry.substring(colon + 1))) != null) {
                throw badProtocols(value, "listener " + name + " is there twice");
            }
        }
        return protocols;
    }

    private static SecurityProtocol protocol(String value, String name) {
        try {
            return SecurityProtocol.forName(name.trim());
        } catch (IllegalArgumentException e) {
            throw badProtocols(value, "protocols are " + SecurityProtocol.names());
        }
    }

    private static ConfigException badProtocols(String value, String allowed) {
        return new ConfigException(SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP, value, allowed);
    }

    private List<Endpoint> endpoints(String key, List<String> values) {
        var endpoints = new ArrayList<Endpoint>();
        for (String value : values) endpoints.add(endpoint(key, value));
        return List.copyOf(endpoints);
    }

    private Endpoint endpoint(String key, String value) {
        Matcher matcher = ENDPOINT.matcher(value.trim());
        if (!matcher.matches()) throw new ConfigException(key, value, "a listener is NAME://host:port");
        String name = normalised(matcher.group(1));
        SecurityProtocol protocol = protocols.get(name);
        if (protocol == null) {
            throw new ConfigException(
                    key, value, name + " has no entry in " + SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP);
        }
        String host = matcher.group(2).isEmpty() ? null : matcher.group(2);
        return new Endpoint(name, protocol, host, port(key, value, matcher.group(3)));
    }

    private static int port(String key, String value, String digits) {
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= MAX_PORT) return port;
        } catch (NumberFormatException e) {
            // falls through to the same answer
        }
        throw new ConfigException(key, value, "a port is between 0 and " + MAX_PORT);
    }

    private static void requireDistinct(List<Endpoint> listeners) {
        if (names(listeners).size() < listeners.size()) {
            throw badListeners(listeners, "each listener must have its own name");
        }
        for (Endpoint one : listeners) {
            for (Endpoint other : listeners) {
                if (one != other && one.port() != 0 && one.port() == other.port() && !isIpPair(one, other)) {
                    throw badListeners(
                            listeners,
                            "each listener must have its own port, unless one has an IPv4 and the other an IPv6"
                                    + " address");
                }
            }
        }
    }

    private static boolean isIpPair(Endpoint one, Endpoint other) {
        return (isIpv4(one.host()) && isIpv6(other.host())) || (isIpv6(one.host()) && isIpv4(other.host()));
    }

    private static boolean isIpv4(@Nullable String host) {
        return host != null && host.matches("[0-9]+(\\.[0-9]+){3}");
    }

    private static boolean isIpv6(@Nullable String host) {
        return host != null && host.contains(":");
    }

    private static ConfigException badListeners(List<Endpoint> listeners, String message) {
        return new ConfigException(SocketServerConfig.LISTENERS, listeners, message);
    }

    private List<Endpoint> readAdvertised(List<Endpoint> listeners) {
        List<String> values = parsed.getList(SocketServerConfig.ADVERTISED_LISTENERS);
        if (values == null) return List.of();
        List<Endpoint> advertised = endpoints(SocketServerConfig.ADVERTISED_LISTENERS, values);
        for (Endpoint endpoint : advertised) {
            if (META_ADDRESS.equals(endpoint.host())) {
                throw badAdvertised(values, "the meta-address 0.0.0.0 cannot be connected to");
            }
        }
        if (names(advertised).size() < advertised.size()) {
            throw badAdvertised(values, "each listener must be there once");
        }
        if (!names(listeners).containsAll(names(advertised))) {
            throw badAdvertised(values, "the names must be among those of listeners: " + names(listeners));
        }
        return advertised;
    }

    private static ConfigException badAdvertised(List<String> values, String message) {
        return new ConfigException(SocketServerConfig.ADVERTISED_LISTENERS, values, message);
    }

    private String readInterBrokerListener(List<Endpoint> advertised) {
        String name = parsed.getString(SocketServerConfig.INTER_BROKER_LISTENER_NAME);
        boolean protocolGiven = parsed.originals().containsKey(SocketServerConfig.SECURITY_INTER_BROKER_PROTOCOL);
        if (name != null && protocolGiven) {
            throw new ConfigException(
                    SocketServerConfig.INTER_BROKER_LISTENER_NAME,
                    name,
                    "only one of it and " + SocketServerConfig.SECURITY_INTER_BROKER_PROTOCOL + " may be set");
        }
        if (name == null) return interBrokerListenerByProtocol(advertised, protocolGiven);
        String normalised = normalised(name);
        if (!names(advertised).contains(normalised)) {
            throw new ConfigException(
                    SocketServerConfig.INTER_BROKER_LISTENER_NAME,
                    name,
                    "must be one of the advertised listeners: " + names(advertised));
        }
        return normalised;
    }

    /** Kafka refuses to start when no listener has the protocol's name; a broker alone needs none, so the first will do. */
    private String interBrokerListenerByProtocol(List<Endpoint> advertised, boolean protocolGiven) {
        String protocol = parsed.getString(SocketServerConfig.SECURITY_INTER_BROKER_PROTOCOL);
        if (names(advertised).contains(protocol)) return protocol;
        if (!protocolGiven) return advertised.getFirst().listener();
        throw new ConfigException(
                SocketServerConfig.SECURITY_INTER_BROKER_PROTOCOL,
                protocol,
                "there must be an advertised listener of that name; there are " + names(advertised));
    }

    private @Nullable String readControlPlane(List<Endpoint> listeners, String interBroker) {
        String name = parsed.getString(SocketServerConfig.CONTROL_PLANE_LISTENER_NAME);
        if (name == null) return null;
        String normalised = normalised(name);
        if (!names(listeners).contains(normalised)) {
            throw badControlPlane(name, "must be one of the listeners: " + names(listeners));
        }
        if (normalised.equals(interBroker) && listeners.size() > 1) {
            throw badControlPlane(name, "must differ from the inter-broker listener");
        }
        if (listeners.size() == 1) throw badControlPlane(name, "needs another listener beside it");
        return normalised;
    }

    private static ConfigException badControlPlane(String name, String message) {
        return new ConfigException(SocketServerConfig.CONTROL_PLANE_LISTENER_NAME, name, message);
    }

    private ListenerConfig listener(Endpoint endpoint, @Nullable String controlPlane) {
        boolean isControlPlane = endpoint.listener().equals(controlPlane);
        String prefix = new ListenerName(endpoint.listener()).configPrefix();
        return new ListenerConfig(
                endpoint,
                isControlPlane,
                isControlPlane ? 1 : override(prefix, SocketServerConfig.NUM_NETWORK_THREADS, 1, networkThreads()),
                override(prefix, SocketServerConfig.MAX_CONNECTIONS, 0, Integer.MAX_VALUE),
                override(prefix, SocketServerConfig.MAX_CONNECTION_CREATION_RATE, 0, Integer.MAX_VALUE));
    }

    private int networkThreads() {
        return parsed.getInt(SocketServerConfig.NUM_NETWORK_THREADS);
    }

    private int override(String prefix, String key, int least, int otherwise) {
        Object value = parsed.originals().get(prefix + key);
        if (value == null) return otherwise;
        try {
            int number = Integer.parseInt(value.toString().trim());
            if (number >= least) return number;
        } catch (NumberFormatException e) {
            // falls through to the same answer
        }
        throw new ConfigException(prefix + key, value, "must be a whole number of at least " + least);
    }

    private SocketOptions readSocketOptions() {
        return new SocketOptions(
                parsed.getInt(SocketServerConfig.SOCKET_SEND_BUFFER_BYTES),
                parsed.getInt(SocketServerConfig.SOCKET_RECEIVE_BUFFER_BYTES),
                parsed.getInt(SocketServerConfig.SOCKET_LISTEN_BACKLOG_SIZE),
                parsed.getInt(SocketServerConfig.SOCKET_REQUEST_MAX_BYTES),
                parsed.getLong(SocketServerConfig.CONNECTIONS_MAX_IDLE_MS));
    }

    private ConnectionLimits readLimits() {
        return new ConnectionLimits(
                parsed.getInt(SocketServerConfig.MAX_CONNECTIONS),
                parsed.getInt(SocketServerConfig.MAX_CONNECTION_CREATION_RATE),
                parsed.getInt(SocketServerConfig.MAX_CONNECTIONS_PER_IP),
                readPerIpOverrides());
    }

    private Map<String, Integer> readPerIpOverrides() {
        String value = parsed.getString(SocketServerConfig.MAX_CONNECTIONS_PER_IP_OVERRIDES);
        int perIp = parsed.getInt(SocketServerConfig.MAX_CONNECTIONS_PER_IP);
        Map<String, Integer> overrides = new LinkedHashMap<>();
        for (String entry : value.split(",")) {
            if (entry.isBlank()) continue;
            int colon = entry.lastIndexOf(':');
            if (colon <= 0) throw badOverrides(value);
            try {
                int count = Integer.parseInt(entry.substring(colon + 1).trim());
                if (count < 0) throw badOverrides(value);
                overrides.put(host(entry.substring(0, colon).trim()), count);
            } catch (NumberFormatException e) {
                throw badOverrides(value);
            }
        }
        if (perIp == 0 && overrides.isEmpty()) {
            throw new ConfigException(
                    SocketServerConfig.MAX_CONNECTIONS_PER_IP, perIp, "may be 0 only if there are overrides");
        }
        return Map.copyOf(overrides);
    }

    private static String host(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static ConfigException badOverrides(String value) {
        return new ConfigException(
                SocketServerConfig.MAX_CONNECTIONS_PER_IP_OVERRIDES, value, "each entry is host:count");
    }

    private static Set<String> names(List<Endpoint> endpoints) {
        return endpoints.stream().map(Endpoint::listener).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String normalised(String name) {
        if (Utils.isBlank(name)) {
            throw new ConfigException(SocketServerConfig.LISTENERS, name, "a listener must have a name");
        }
        return name.trim().toUpperCase(Locale.ROOT);
    }
}
