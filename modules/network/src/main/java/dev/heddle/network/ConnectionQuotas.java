package dev.heddle.network;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.network.SocketServerConfig.ConnectionLimits;
import dev.heddle.network.SocketServerConfig.ListenerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many connections there are and may be: over all listeners, of each listener, of each address, and per second.
 * Acceptors and Processors call it, once for each connection that comes or goes; nobody waits in it for longer than
 * such a count takes.
 *
 * <p>For maintainers: whoever is over a limit on the number or the rate of connections stays in the operating system's
 * queue, because the Acceptor does not accept; it is told when there may be room. Only who is over the limit of an
 * address is accepted and closed at once, as in Kafka, for others behind it may be welcome.
 */
final class ConnectionQuotas {

    private static final int UNLIMITED = Integer.MAX_VALUE;

    private final ConnectionLimits limits;
    private final String interBrokerListener;
    private final boolean hasOtherListeners;
    private final ConnectionRate brokerRate;
    private final Time time;

    /** Guards the counts and rates. No other lock is taken under it. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private final Map<String, ListenerQuota> byListener = new HashMap<>();
    private final Map<InetAddress, Integer> overrides;

    /** Connections of all listeners. Written under the lock; read without it by Processors. */
    private volatile int total;

    private ConnectionQuotas(
            SocketServerConfig config, Map<InetAddress, Integer> overrides, Time time, MetricRegistry metrics) {
        limits = config.limits();
        interBrokerListener = config.interBrokerListener();
        hasOtherListeners = config.listeners().size() > 1;
        brokerRate = new ConnectionRate(limits.maxConnectionCreationRate(), time.nanoseconds());
        this.overrides = overrides;
        this.time = time;
        for (ListenerConfig listener : config.listeners()) {
            String name = listener.endpoint().listener();
            byListener.put(name, new ListenerQuota(listener, time.nanoseconds(), metrics));
        }
    }

    /**
     * Makes the quotas of {@code config}.
     *
     * @throws StopBrokerException if a host in {@code max.connections.per.ip.overrides} is unknown
     */
    static ConnectionQuotas of(SocketServerConfig config, Time time, MetricRegistry metrics) {
        Map<InetAddress, Integer> overrides = new HashMap<>();
        config.limits().maxPerIpOverrides().forEach((host, count) -> overrides.put(resolve(host), count));
        return new ConnectionQuotas(config, overrides, time, metrics);
    }

    private static InetAddress resolve(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new StopBrokerException(
                    SocketServerConfig.MAX_CONNECTIONS_PER_IP_OVERRIDES + " names an unknown host: " + host, e);
        }
    }

    private static final class ListenerQuota {
        final int maxConnections;
        final ConnectionRate rate;
        final ListenerMetrics metrics;
        int connections;

        /** Called when a connection has gone, if the Acceptor has found no room before. */
        Runnable onRoom = () -> {};

        boolean waiting;

        ListenerQuota(ListenerConfig config, long nowNanos, MetricRegistry registry) {
            maxConnections = config.maxConnections();
            rate = new ConnectionRate(config.maxConnectionCreationRate(), nowNanos);
            metrics = new ListenerMetrics(config.endpoint().listener(), registry);
        }
    }

    /** {@code onRoom} is called by any thread when {@code listener} may accept again after it had no room. */
    void onRoom(String listener, Runnable onRoom) {
        byListener.get(listener).onRoom = onRoom;
    }

    /**
     * Whether the Acceptor of {@code listener} may accept one more.
     *
     * @return 0 if so; otherwise after how many nanoseconds to ask again, unless it is told earlier that there is room
     */
    long delayNanos(String listener) {
        lock.lock();
        try {
            ListenerQuota quota = byListener.get(listener);
            if (!hasSlot(listener, quota)) {
                if (!quota.waiting) quota.metrics.heldBackByCount();
                quota.waiting = true;
                return ConnectionRate.SECOND_NANOS;
            }
            long nowNanos = time.nanoseconds();
            long delay = quota.rate.delayNanos(nowNanos);
            if (!isProtected(listener)) delay = Math.max(delay, brokerRate.delayNanos(nowNanos));
            if (delay > 0) quota.metrics.heldBackByRate();
            return delay;
        } finally {
            lock.unlock();
        }
    }

    /** Counts a connection that was accepted; false if its address has too many, and then it is not counted. */
    boolean tryAdd(String listener, InetAddress address) {
        lock.lock();
        try {
            ListenerQuota quota = byListener.get(listener);
            int ofAddress = byAddress.getOrDefault(address, 0);
            if (ofAddress >= overrides.getOrDefault(address, limits.maxPerIp())) {
                quota.metrics.rejectedByAddress();
                return false;
            }
            byAddress.put(address, ofAddress + 1);
            quota.connections++;
            total++;
            quota.rate.record(time.nanoseconds());
            if (!isProtected(listener)) brokerRate.record(time.nanoseconds());
            quota.metrics.accepted();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A connection has gone. */
    void remove(String listener, InetAddress address) {
        lock.lock();
        try {
            byAddress.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1);
            byListener.get(listener).connections--;
            total--;
            byListener.forEach(this::tellOfRoom);
        } finally {
            lock.unlock();
        }
    }

    private void tellOfRoom(String listener, ListenerQuota quota) {
        if (!quota.waiting || !hasSlot(listener, quota)) return;
        quota.waiting = false;
        quota.onRoom.run();
    }

    private boolean hasSlot(String listener, ListenerQuota quota) {
        if (quota.connections >= quota.maxConnections) return false;
        return isProtected(listener) || total < limits.maxConnections();
    }

    /** Whether connections of other listeners have to go because there are too many; {@code listener} is one of them. */
    boolean mustShed(String listener) {
        return limits.maxConnections() != UNLIMITED && total > limits.maxConnections() && !isProtected(listener);
    }

    /** Brokers reach each other however many clients there are. */
    private boolean isProtected(String listener) {
        return hasOtherListeners && listener.equals(interBrokerListener);
    }

    /** How many connections there are. */
    int total() {
        return total;
    }

    /** How many connections {@code address} has. */
    int count(InetAddress address) {
        lock.lock();
        try {
            return byAddress.getOrDefault(address, 0);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        byListener.values().forEach(quota -> quota.metrics.close());
    }
}
