package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.delivery.Acknowledgement;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.coordinator.delivery.ShareReader;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ShareFetchRequest;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * ShareFetch (KIP-932): gives a member of a share group records that nobody else has, waiting for some as long as the
 * member wants, and takes in what became of those that it had. Any thread may call it.
 */
final class ShareFetchHandler implements ApiHandler {

    /** In {@code ShareAcquireMode}: never more records than asked for (KIP-1206). */
    private static final byte RECORD_LIMIT = 1;

    private final ShareServices services;
    private final SharePartitions partitions;
    private final ShareSessions sessions;
    private final int maxBytes;
    private final Time time;
    private final WaitMetrics waits;

    /** @param maxBytes of records in one answer */
    ShareFetchHandler(ShareServices services, ShareSessions sessions, int maxBytes, Time time, MetricRegistry metrics) {
        this.services = services;
        this.partitions = services.partitions();
        this.sessions = sessions;
        this.maxBytes = maxBytes;
        this.time = time;
        waits = WaitMetrics.ofShareFetch(metrics);
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.SHARE_FETCH;
    }

    @Override
    public @Nullable AbstractResponse handle(Request request, Access access) {
        ShareFetchRequestData data = request.<ShareFetchRequest>body().data();
        MetadataImage image = services.metadata().image();
        ShareSession.Key member = ShareCalls.admit(image, access, data.groupId(), data.memberId());
        boolean renews = request.apiVersion() >= 2 && data.isRenewAck();
        if (renews) ensureFetchesNothing(data);

        var topics = new ShareTopics(image);
        List<TopicIdPartition> named = named(data, topics);
        ShareSession session;
        try {
            session = session(request, data, member, named, topics);
        } catch (AnswerException e) {
            if (e.error() != Errors.SHARE_SESSION_LIMIT_REACHED) throw e;
            // The client tries again at once: it shall not do that all the time.
            if (!waitInVain(request, data.maxWaitMs())) return null;
            throw e;
        }

        boolean last = data.shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH;
        List<TopicIdPartition> wanted = last ? List.of() : session.partitions();
        Predicate<String> readable = readable(access, wanted, named);
        Map<TopicIdPartition, ShareAcknowledgements.Outcome> acknowledged =
                acknowledge(request, data, member, topics, readable);
        Map<TopicIdPartition, PartitionData> fetched =
                renews ? new LinkedHashMap<>() : fetch(request, data, member, new Selection(wanted, readable, topics));
        if (fetched == null) return null;
        return answer(request, data, session, new Results(fetched, acknowledged));
    }

    private static void ensureFetchesNothing(ShareFetchRequestData data) {
        List<String> wrong = new ArrayList<>();
        if (data.maxBytes() != 0) wrong.add("maxBytes must be set to 0, ");
        if (data.minBytes() != 0) wrong.add("minBytes must be set to 0, ");
        if (data.maxRecords() != 0) wrong.add("maxRecords must be set to 0, ");
        if (data.maxWaitMs() != 0) wrong.add("maxWaitMs must be set to 0, ");
        if (!wrong.isEmpty()) throw ShareCalls.invalid(String.join("", wrong) + "if isRenewAck is true.");
    }

    private static void forEach(ShareFetchRequestData data, BiConsumer<FetchTopic, FetchPartition> action) {
        for (FetchTopic topic : data.topics()) {
            for (FetchPartition partition : topic.partitions()) action.accept(topic, partition);
        }
    }

    private static List<TopicIdPartition> named(ShareFetchRequestData data, ShareTopics topics) {
        Set<TopicIdPartition> named = new LinkedHashSet<>();
        forEach(data, (topic, partition) -> named.add(topics.find(topic.topicId(), partition.partitionIndex())));
        return List.copyOf(named);
    }

    private static List<TopicIdPartition> forgotten(ShareFetchRequestData data, ShareTopics topics) {
        List<TopicIdPartition> forgotten = new ArrayList<>();
        for (ForgottenTopic topic : data.forgottenTopicsData()) {
            for (int partition : topic.partitions()) forgotten.add(topics.find(topic.topicId(), partition));
        }
        return forgotten;
    }

    /** The member's session: it may begin with this request, or go on. */
    private ShareSession session(
            Request request,
            ShareFetchRequestData data,
            ShareSession.Key member,
            List<TopicIdPartition> named,
            ShareTopics topics) {
        int epoch = data.shareSessionEpoch();
        if (epoch == ShareRequestMetadata.INITIAL_EPOCH) {
            if (acknowledges(data)) throw new AnswerException(Errors.INVALID_REQUEST);
            return sessions.open(member, request.connection(), named);
        }
        ShareSession session = sessions.find(member);
        if (epoch == ShareRequestMetadata.FINAL_EPOCH) return session;
        Errors error = session.advance(epoch, named, forgotten(data, topics));
        if (error != Errors.NONE) throw new AnswerException(error);
        return session;
    }

    private static boolean acknowledges(ShareFetchRequestData data) {
        boolean[] any = {false};
        forEach(
                data,
                (topic, partition) ->
                        any[0] |= !partition.acknowledgementBatches().isEmpty());
        return any[0];
    }

    private boolean waitInVain(Request request, long maxWaitMs) {
        long deadline = time.deadlineAfterMs(maxWaitMs);
        Waiter.Outcome outcome;
        do outcome = request.waiter().await(deadline);
        while (outcome == Waiter.Outcome.WOKEN);
        return outcome == Waiter.Outcome.TIMED_OUT;
    }

    private static Predicate<String> readable(
            Access access, List<TopicIdPartition> wanted, List<TopicIdPartition> named) {
        Set<String> names = new LinkedHashSet<>();
        for (TopicIdPartition partition : wanted) if (ShareTopics.isKnown(partition)) names.add(partition.topic());
        for (TopicIdPartition partition : named) if (ShareTopics.isKnown(partition)) names.add(partition.topic());
        return access.allowed(AclOperation.READ, ResourceType.TOPIC, names);
    }

    private Map<TopicIdPartition, ShareAcknowledgements.Outcome> acknowledge(
            Request request,
            ShareFetchRequestData data,
            ShareSession.Key member,
            ShareTopics topics,
            Predicate<String> readable) {
        if (!acknowledges(data)) return Map.of();
        var said = new ShareAcknowledgements(topics, request.apiVersion(), data.isRenewAck());
        forEach(
                data,
                (topic, partition) -> said.add(
                        topics.find(topic.topicId(), partition.partitionIndex()),
                        partition.acknowledgementBatches().stream()
                                .map(batch -> new Acknowledgement(
                                        batch.firstOffset(), batch.lastOffset(), batch.acknowledgeTypes()))
                                .toList()));
        return said.apply(partitions, member, readable);
    }

    /** What is to be read, as far as the member may. */
    private record Selection(List<TopicIdPartition> wanted, Predicate<String> readable, ShareTopics topics) {}

    /** @return null if the client has gone, and nobody waits for the answer */
    private @Nullable Map<TopicIdPartition, PartitionData> fetch(
            Request request, ShareFetchRequestData data, ShareSession.Key member, Selection selection) {
        Map<TopicIdPartition, PartitionData> refused = new LinkedHashMap<>();
        List<TopicIdPartition> interested = new ArrayList<>();
        for (TopicIdPartition partition : selection.wanted) {
            Errors error = refusal(partition, selection);
            if (error == Errors.NONE) interested.add(partition);
            else refused.put(partition, ShareFetchOperation.failed(partition, error));
        }
        if (interested.isEmpty()) return refused;
        ShareFetchOperation operation = operation(data, member);
        long begin = time.nanoseconds();
        operation.open(interested, data.shareSessionEpoch());
        if (!operation.isSatisfied() && !waitForMore(request, operation, data.maxWaitMs())) return null;
        if (request.waiter().isCancelled()) {
            // The session has ended with the connection, maybe before the records were acquired.
            partitions.release(member.groupId(), member.memberId(), interested);
            return null;
        }
        operation.load();
        partitions.metrics().fetched(member.groupId(), operation.percentWithRecords(), time.nanoseconds() - begin);
        refused.putAll(operation.answers());
        return refused;
    }

    private static Errors refusal(TopicIdPartition partition, Selection selection) {
        if (!ShareTopics.isKnown(partition)) return Errors.UNKNOWN_TOPIC_ID;
        if (!selection.readable.test(partition.topic())) return Errors.TOPIC_AUTHORIZATION_FAILED;
        return selection.topics.exists(partition) ? Errors.NONE : Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }

    private ShareFetchOperation operation(ShareFetchRequestData data, ShareSession.Key member) {
        int most = Math.min(data.maxBytes(), maxBytes);
        return new ShareFetchOperation(
                partitions,
                member.groupId(),
                new ShareReader(member.memberId(), data.shareAcquireMode() == RECORD_LIMIT, data.batchSize()),
                new ShareFetchOperation.Wanted(Math.min(data.minBytes(), most), most, data.maxRecords()));
    }

    private boolean waitForMore(Request request, ShareFetchOperation operation, long maxWaitMs) {
        request.releaseBody(); // what was asked for is parsed, and the wait may be long
        waits.begin();
        try {
            return waits.goesOnAfter(operation.await(request.waiter(), time.deadlineAfterMs(maxWaitMs)));
        } finally {
            waits.end();
        }
    }

    /** What was read, and what became of what was said. */
    private record Results(
            Map<TopicIdPartition, PartitionData> fetched,
            Map<TopicIdPartition, ShareAcknowledgements.Outcome> acknowledged) {}

    private AbstractResponse answer(
            Request request, ShareFetchRequestData data, ShareSession session, Results results) {
        int epoch = data.shareSessionEpoch();
        var response = new ShareFetchResponses(
                services, request.connection(), session.key().groupId());
        if (epoch == ShareRequestMetadata.FINAL_EPOCH) {
            sessions.end(session);
        } else if (epoch != ShareRequestMetadata.INITIAL_EPOCH) {
            if (!session.isLatest(epoch)) return response.refused(Errors.INVALID_SHARE_SESSION_EPOCH);
            results.fetched.keySet().retainAll(session.worthTelling(results.fetched));
        }
        return response.of(results.fetched, results.acknowledged);
    }
}
