package dev.heddle.handlers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * What the broker remembers between the fetches of one client, so that requests and answers hold only what changed
 * (KIP-227). Any thread may call it, holding {@link #lock()} where that is said; what the cache needs to rank sessions
 * belongs to {@link FetchSessionShard} and its lock.
 */
final class FetchSession {

    /** The partition as it was last asked for, and what was last answered about it. */
    private static final class Cached {
        FetchTarget target;
        long highWatermark;
        long logStartOffset;

        Cached(FetchTarget target, long highWatermark, long logStartOffset) {
            this.target = target;
            this.highWatermark = highWatermark;
            this.logStartOffset = logStartOffset;
        }

        /** Whether the client must hear of this answer, which is remembered as what it has heard. */
        boolean changedBy(PartitionData answer) {
            boolean failed = answer.errorCode() != Errors.NONE.code();
            boolean changed = failed
                    || highWatermark != answer.highWatermark()
                    || logStartOffset != answer.logStartOffset()
                    || FetchResponse.recordsSize(answer) > 0
                    || FetchResponse.isPreferredReplica(answer)
                    || FetchResponse.isDivergingEpoch(answer);
            // After an error the next good answer must be sent, whatever it says.
            highWatermark = failed ? -1 : answer.highWatermark();
            logStartOffset = answer.logStartOffset();
            return changed;
        }
    }

    private final int id;
    private final boolean privileged;
    private final boolean usesTopicIds;
    private final long createdMs;

    /** Guards {@link #epoch} and {@link #partitions}. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<FetchTarget.Key, Cached> partitions = new LinkedHashMap<>();
    private int epoch;

    /** When the client last used the session; guarded by the shard's lock. */
    long lastUsedMs;

    /** The number of partitions that the shard knows of; guarded by the shard's lock; -1 outside the cache. */
    int rankedSize = -1;

    FetchSession(int id, boolean privileged, boolean usesTopicIds, long createdMs, int epoch) {
        this.id = id;
        this.privileged = privileged;
        this.usesTopicIds = usesTopicIds;
        this.createdMs = createdMs;
        this.epoch = epoch;
    }

    int id() {
        return id;
    }

    /** Whether it belongs to another broker, which weighs more than a consumer. */
    boolean privileged() {
        return privileged;
    }

    boolean usesTopicIds() {
        return usesTopicIds;
    }

    long createdMs() {
        return createdMs;
    }

    ReentrantLock lock() {
        return lock;
    }

    /** The epoch that the next request must carry. Needs the lock. */
    int epoch() {
        return epoch;
    }

    /** Needs the lock. */
    void epoch(int next) {
        epoch = next;
    }

    /** Needs the lock. */
    int size() {
        return partitions.size();
    }

    /** Remembers a partition and its first answer. Needs the lock. */
    void add(FetchTarget target, PartitionData answer) {
        partitions.put(target.key(), new Cached(target, answer.highWatermark(), answer.logStartOffset()));
    }

    /** Takes in what a request adds, changes and forgets. Needs the lock. */
    void update(Iterable<FetchTarget> asked, Iterable<FetchTarget.Key> forgotten) {
        for (FetchTarget target : asked) {
            Cached known = partitions.get(target.key());
            if (known == null) partitions.put(target.key(), new Cached(target, -1, -1));
            else known.target = target;
        }
        for (FetchTarget.Key key : forgotten) partitions.remove(key);
    }

    /** All partitions in the order in which they are to be read. Needs the lock. */
    List<FetchTarget> targets(Function<Uuid, @Nullable String> topicNames) {
        List<FetchTarget> targets = new ArrayList<>(partitions.size());
        for (Cached cached : partitions.values()) {
            if (cached.target.topicPartition() == null) {
                String topic = topicNames.apply(cached.target.topicId());
                if (topic != null) cached.target = cached.target.withTopic(topic);
            }
            targets.add(cached.target);
        }
        return targets;
    }

    /**
     * Whether the client must hear of this answer. A partition that brings records moves to the end, so that the others
     * have their turn at the next fetch. Needs the lock.
     */
    boolean mustAnswer(FetchTarget target, PartitionData answer) {
        FetchTarget.Key key = target.key();
        Cached known = partitions.get(key);
        if (known == null || !known.changedBy(answer)) return false;
        if (FetchResponse.recordsSize(answer) > 0) {
            partitions.remove(key);
            partitions.put(key, known);
        }
        return true;
    }
}
