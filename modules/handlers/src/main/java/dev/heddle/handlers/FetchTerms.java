package dev.heddle.handlers;

import dev.heddle.log.FetchIsolation;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.requests.FetchRequest;

/**
 * What a Fetch request wants as a whole, whatever its partitions. Immutable; any thread may read it.
 *
 * @param fromFollower whether another broker asks, not a consumer
 * @param isolation how far the sender may see
 * @param minBytes of records that are worth an answer before {@code maxWaitMs}, at most {@code maxBytes}
 * @param maxBytes of records in the answer, unless the first batch alone is larger
 * @param maxWaitMs how long the sender waits for {@code minBytes}
 */
record FetchTerms(boolean fromFollower, FetchIsolation isolation, int minBytes, int maxBytes, int maxWaitMs) {

    /** @param maxBytesAllowed what the broker sends at most */
    static FetchTerms of(FetchRequestData request, int maxBytesAllowed) {
        int maxBytes = Math.min(request.maxBytes(), maxBytesAllowed);
        return new FetchTerms(
                FetchSessions.isFromFollower(request),
                isolationOf(request),
                Math.min(request.minBytes(), maxBytes),
                maxBytes,
                request.maxWaitMs());
    }

    private static FetchIsolation isolationOf(FetchRequestData request) {
        if (!FetchRequest.isConsumer(FetchSessions.replicaId(request))) return FetchIsolation.LOG_END;
        return request.isolationLevel() == IsolationLevel.READ_COMMITTED.id()
                ? FetchIsolation.TXN_COMMITTED
                : FetchIsolation.HIGH_WATERMARK;
    }
}
