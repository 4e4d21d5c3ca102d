package dev.heddle.handlers;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Threads;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.requestchannel.ConnectionInfo;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * The share sessions, as many as the broker has room for. Any thread may call it. A session ends when its member says so,
 * begins another one, or its connection closes; what the member had acquired is given back then.
 */
final class ShareSessions {

    private final SharePartitions partitions;
    private final int maxSessions;
    private final Meter evictions;
    private final ConcurrentMap<ShareSession.Key, ShareSession> sessions = new ConcurrentHashMap<>();

    /** How many sessions there are or are about to be. */
    private final AtomicInteger count = new AtomicInteger();

    /** The connections that began sessions, and for which groups: they are listened to. */
    private final ConcurrentMap<String, Set<String>> groupsOfConnections = new ConcurrentHashMap<>();

    ShareSessions(SharePartitions partitions, int maxSessions, MetricRegistry metrics) {
        this.partitions = partitions;
        this.maxSessions = maxSessions;
        evictions = metrics.meter(nameOf("ShareSessionEvictionsPerSec"));
        metrics.gauge(nameOf("ShareSessionsCount"), () -> (Gauge<Integer>) sessions::size);
        metrics.gauge(nameOf("SharePartitionsCount"), () -> (Gauge<Long>) this::partitionCount);
    }

    private static String nameOf(String metric) {
        return MetricNames.of("kafka.server", "ShareSessionCache", metric);
    }

    private long partitionCount() {
        return sessions.values().stream().mapToLong(ShareSession::size).sum();
    }

    int size() {
        return sessions.size();
    }

    /**
     * Begins a session in the place of the member's last one.
     *
     * @throws AnswerException SHARE_SESSION_LIMIT_REACHED
     */
    ShareSession open(ShareSession.Key key, ConnectionInfo connection, List<TopicIdPartition> wanted) {
        ShareSession last = sessions.get(key);
        if (last != null) remove(last);
        if (count.incrementAndGet() > maxSessions) {
            count.decrementAndGet();
            throw new AnswerException(Errors.SHARE_SESSION_LIMIT_REACHED);
        }
        var session = new ShareSession(key, connection.id(), wanted);
        ShareSession replaced = sessions.put(key, session);
        if (replaced != null) count.decrementAndGet();
        listen(connection, key.groupId());
        return session;
    }

    private void listen(ConnectionInfo connection, String groupId) {
        Set<String> groups = groupsOfConnections.get(connection.id());
        if (groups != null) {
            groups.add(groupId);
            return;
        }
        groups = ConcurrentHashMap.newKeySet(1);
        groups.add(groupId);
        groupsOfConnections.put(connection.id(), groups); // its requests come one after another
        connection.whenClosed(() -> Threads.virtual("share-session-end", () -> closed(connection.id()))
                .start());
    }

    /**
     * The member's session.
     *
     * @throws AnswerException SHARE_SESSION_NOT_FOUND
     */
    ShareSession find(ShareSession.Key key) {
        ShareSession session = sessions.get(key);
        if (session == null) throw new AnswerException(Errors.SHARE_SESSION_NOT_FOUND);
        return session;
    }

    /** Ends a session: what the member has is given back, which this waits for. */
    void end(ShareSession session) {
        if (!remove(session)) return;
        partitions.release(session.key().groupId(), session.key().memberId(), session.partitions());
    }

    private boolean remove(ShareSession session) {
        boolean removed = sessions.remove(session.key(), session);
        if (removed) count.decrementAndGet();
        return removed;
    }

    private void closed(String connectionId) {
        Set<String> groups = groupsOfConnections.remove(connectionId);
        for (ShareSession session : sessions.values()) {
            if (!session.connectionId().equals(connectionId)) continue;
            evictions.mark();
            end(session);
        }
        if (groups != null) groups.forEach(this::forgetIfEmpty);
    }

    private void forgetIfEmpty(String groupId) {
        boolean empty =
                sessions.keySet().stream().noneMatch(key -> key.groupId().equals(groupId));
        if (empty) partitions.forgetGroup(groupId);
    }
}
