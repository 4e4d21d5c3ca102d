package dev.heddle.handlers;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The cache of fetch sessions (KIP-227). Any thread may call it; sessions are spread over shards, so that fetches of
 * different clients rarely meet at a lock.
 */
final class FetchSessions {

    private static final int SHARDS = 8;

    /** First version of Fetch that speaks of topics by their ids. */
    private static final short FIRST_WITH_TOPIC_IDS = 13;

    private final Time time;
    private final int idsPerShard;
    private final FetchSessionShard[] shards;

    /** Deals new sessions to the shards in turn. */
    private final AtomicInteger turn = new AtomicInteger();

    FetchSessions(int maxSessions, Time time, MetricRegistry metrics) {
        this(maxSessions, SHARDS, time, metrics);
    }

    FetchSessions(int maxSessions, int shardCount, Time time, MetricRegistry metrics) {
        this.time = time;
        Meter evictions = metrics.meter(nameOf("IncrementalFetchSessionEvictionsPerSec"));
        idsPerShard = Integer.MAX_VALUE / shardCount;
        shards = new FetchSessionShard[shardCount];
        for (int i = 0; i < shardCount; i++) {
            int firstId = Math.max(1, i * idsPerShard);
            shards[i] = new FetchSessionShard(
                    maxSessions / shardCount, firstId, (i + 1) * idsPerShard - 1, evictions::mark);
        }
        metrics.gauge(nameOf("NumIncrementalFetchSessions"), () -> (Gauge<Integer>) this::size);
        metrics.gauge(nameOf("NumIncrementalFetchPartitionsCached"), () -> (Gauge<Long>) this::partitions);
    }

    private static String nameOf(String metric) {
        return MetricNames.of("kafka.server", "FetchSessionCache", metric);
    }

    int size() {
        int sum = 0;
        for (FetchSessionShard shard : shards) sum += shard.size();
        return sum;
    }

    long partitions() {
        long sum = 0;
        for (FetchSessionShard shard : shards) sum += shard.partitions();
        return sum;
    }

    /**
     * Finds out what a request asks for.
     *
     * @param topicNames from topic id to name, null where the id is not known
     */
    FetchContext begin(FetchRequestData request, short version, Function<Uuid, @Nullable String> topicNames) {
        boolean byId = version >= FIRST_WITH_TOPIC_IDS;
        var metadata = new FetchMetadata(request.sessionId(), request.sessionEpoch());
        if (!metadata.isFull()) return resume(request, byId, topicNames);

        List<FetchTarget> targets = targets(request, byId, topicNames);
        // A request for everything ends the session that it mentions.
        if (metadata.sessionId() != FetchMetadata.INVALID_SESSION_ID) close(metadata.sessionId());
        if (metadata.epoch() == FetchMetadata.FINAL_EPOCH) return new FetchContext.Sessionless(targets);
        return new FetchContext.Full(this, targets, byId, isFromFollower(request));
    }

    private FetchContext resume(FetchRequestData request, boolean byId, Function<Uuid, @Nullable String> topicNames) {
        FetchSessionShard shard = shardOf(request.sessionId());
        if (shard == null) return new FetchContext.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        shard.lock().lock();
        try {
            FetchSession session = shard.find(request.sessionId());
            if (session == null) return new FetchContext.Refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
            session.lock().lock();
            try {
                return resume(shard, session, request, byId, topicNames);
            } finally {
                session.lock().unlock();
            }
        } finally {
            shard.lock().unlock();
        }
    }

    private FetchContext resume(
            FetchSessionShard shard,
            FetchSession session,
            FetchRequestData request,
            boolean byId,
            Function<Uuid, @Nullable String> topicNames) {
        if (session.epoch() != request.sessionEpoch())
            return new FetchContext.Refused(Errors.INVALID_FETCH_SESSION_EPOCH);
        if (session.usesTopicIds() != byId) return new FetchContext.Refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);

        List<FetchTarget> asked = targets(request, byId, topicNames);
        session.update(asked, forgotten(request, byId));
        if (session.size() == 0) {
            shard.remove(session);
            return new FetchContext.Sessionless(asked);
        }
        shard.touch(session, session.size(), time.milliseconds());
        session.epoch(FetchMetadata.nextEpoch(session.epoch()));
        return new FetchContext.Incremental(session, request.sessionEpoch(), session.targets(topicNames));
    }

    private void close(int sessionId) {
        FetchSessionShard shard = shardOf(sessionId);
        if (shard == null) return;
        shard.lock().lock();
        try {
            FetchSession session = shard.find(sessionId);
            if (session != null) shard.remove(session);
        } finally {
            shard.lock().unlock();
        }
    }

    private @Nullable FetchSessionShard shardOf(int sessionId) {
        int index = sessionId / idsPerShard;
        return sessionId > 0 && index < shards.length ? shards[index] : null;
    }

    /**
     * Opens a session with these partitions and their first answers.
     *
     * @return its id, or {@link FetchMetadata#INVALID_SESSION_ID} if there is no room
     */
    int open(List<FetchTarget> targets, List<PartitionData> answers, boolean usesTopicIds, boolean fromFollower) {
        FetchSessionShard shard = shards[Math.floorMod(turn.getAndIncrement(), shards.length)];
        long nowMs = time.milliseconds();
        shard.lock().lock();
        try {
            FetchSession session = shard.create(fromFollower, usesTopicIds, answers.size(), nowMs);
            if (session == null) return FetchMetadata.INVALID_SESSION_ID;
            session.lock().lock();
            try {
                for (int i = 0; i < answers.size(); i++) session.add(targets.get(i), answers.get(i));
                shard.touch(session, session.size(), nowMs);
            } finally {
                session.lock().unlock();
            }
            return session.id();
        } finally {
            shard.lock().unlock();
        }
    }

    /** Whether another broker asks, not a consumer. */
    static boolean isFromFollower(FetchRequestData request) {
        return replicaId(request) >= 0;
    }

    /** The replica id, which moved within the request with version 15. */
    static int replicaId(FetchRequestData request) {
        return request.replicaId() != -1
                ? request.replicaId()
                : request.replicaState().replicaId();
    }

    /** What the request names; where it names a partition twice, the later word counts. */
    private static List<FetchTarget> targets(
            FetchRequestData request, boolean byId, Function<Uuid, @Nullable String> topicNames) {
        Map<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
        for (FetchTopic topic : request.topics()) {
            String name = byId ? topicNames.apply(topic.topicId()) : topic.topic();
            for (FetchPartition partition : topic.partitions()) {
                FetchTarget target = FetchTarget.of(name, topic.topicId(), partition);
                targets.put(target.key(), target);
            }
        }
        return new ArrayList<>(targets.values());
    }

    private static List<FetchTarget.Key> forgotten(FetchRequestData request, boolean byId) {
        List<FetchTarget.Key> forgotten = new ArrayList<>();
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            String name = byId ? null : topic.topic();
            for (int partition : topic.partitions()) {
                forgotten.add(FetchTarget.keyOf(name, topic.topicId(), partition));
            }
        }
        return forgotten;
    }
}
