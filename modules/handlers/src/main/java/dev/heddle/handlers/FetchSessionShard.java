package dev.heddle.handlers;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.requests.FetchMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A part of the session cache, with a lock and a range of session ids of its own. Any thread may call it; the lock is
 * taken before that of a session, never after.
 *
 * <p>When the shard is full, a new session takes the place of one that has been idle for {@link #EVICTION_MS}, or else
 * of the least valuable one if that is not worth more than the new one: sessions of brokers are worth more than those
 * of consumers, and then more partitions are worth more. Sessions younger than {@link #EVICTION_MS} are safe from their
 * equals.
 */
final class FetchSessionShard {

    /** How long a session is safe: after its last use, and after its creation. */
    static final long EVICTION_MS = 120_000;

    private static final Comparator<FetchSession> BY_LAST_USE = Comparator.<FetchSession>comparingLong(
                    session -> session.lastUsedMs)
            .thenComparingInt(FetchSession::id);

    private static final Comparator<FetchSession> BY_VALUE = Comparator.comparing(FetchSession::privileged)
            .thenComparingInt(session -> session.rankedSize)
            .thenComparingInt(FetchSession::id);

    private final int maxSessions;
    private final int firstId;
    private final int lastId;
    private final Runnable onEviction;

    /** Guards everything below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Integer, FetchSession> sessions = new HashMap<>();
    private final TreeSet<FetchSession> byLastUse = new TreeSet<>(BY_LAST_USE);
    private final TreeSet<FetchSession> evictableByAll = new TreeSet<>(BY_VALUE);
    private final TreeSet<FetchSession> evictableByPrivileged = new TreeSet<>(BY_VALUE);
    private long partitions;

    FetchSessionShard(int maxSessions, int firstId, int lastId, Runnable onEviction) {
        this.maxSessions = maxSessions;
        this.firstId = firstId;
        this.lastId = lastId;
        this.onEviction = onEviction;
    }

    ReentrantLock lock() {
        return lock;
    }

    int size() {
        lock.lock();
        try {
            return sessions.size();
        } finally {
            lock.unlock();
        }
    }

    /** The number of partitions in all sessions. */
    long partitions() {
        lock.lock();
        try {
            return partitions;
        } finally {
            lock.unlock();
        }
    }

    /** The session of that id. Needs the lock, so that what is found is still cached when it is used. */
    @Nullable FetchSession find(int id) {
        return sessions.get(id);
    }

    /**
     * Makes room for a session of {@code size} partitions and creates it. Needs the lock.
     *
     * @return null if all sessions here are worth more
     */
    @Nullable FetchSession create(boolean privileged, boolean usesTopicIds, int size, long nowMs) {
        if (sessions.size() >= maxSessions && !evictFor(privileged, size, nowMs)) return null;
        int firstEpoch = FetchMetadata.nextEpoch(FetchMetadata.INITIAL_EPOCH);
        return new FetchSession(newId(), privileged, usesTopicIds, nowMs, firstEpoch);
    }

    private int newId() {
        int id;
        do {
            id = ThreadLocalRandom.current().nextInt(firstId, lastId + 1);
        } while (sessions.containsKey(id));
        return id;
    }

    private boolean evictFor(boolean privileged, int size, long nowMs) {
        if (byLastUse.isEmpty()) return false;
        FetchSession victim = byLastUse.first();
        if (nowMs - victim.lastUsedMs <= EVICTION_MS) {
            TreeSet<FetchSession> evictable = privileged ? evictableByPrivileged : evictableByAll;
            if (evictable.isEmpty()) return false;
            victim = evictable.first();
            int worth = Boolean.compare(privileged, victim.privileged());
            // At equal size the newcomer has the lower rank, unlike an older session's id it is no tie-breaker.
            if (worth < 0 || (worth == 0 && size <= victim.rankedSize)) return false;
        }
        remove(victim);
        onEviction.run();
        return true;
    }

    /** Ranks a session anew after a use. Needs the lock. */
    void touch(FetchSession session, int size, long nowMs) {
        forget(session);
        session.lastUsedMs = nowMs;
        session.rankedSize = size;
        sessions.put(session.id(), session);
        byLastUse.add(session);
        boolean settled = nowMs - session.createdMs() > EVICTION_MS;
        if (settled) evictableByAll.add(session);
        if (settled || !session.privileged()) evictableByPrivileged.add(session);
        partitions += size;
    }

    /** Drops a session; a request that is using it goes on to its end. Needs the lock. */
    void remove(FetchSession session) {
        if (sessions.get(session.id()) != session) return;
        forget(session);
        sessions.remove(session.id());
        session.rankedSize = -1;
    }

    private void forget(FetchSession session) {
        if (session.rankedSize < 0) return;
        byLastUse.remove(session);
        evictableByAll.remove(session);
        evictableByPrivileged.remove(session);
        partitions -= session.rankedSize;
    }
}
