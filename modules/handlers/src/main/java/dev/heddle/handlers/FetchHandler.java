package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * Fetch: sends record batches as regions of their files, waiting for new ones as long as the client wants. Any thread
 * may call it.
 */
final class FetchHandler implements ApiHandler {

    private final BrokerNodes brokers;
    private final ReplicaManager replicaManager;
    private final MetadataCache metadata;
    private final FetchConfig config;
    private final Time time;
    private final FetchSessions sessions;
    private final WaitMetrics waits;

    FetchHandler(
            BrokerNodes brokers,
            ReplicaManager replicaManager,
            MetadataCache metadata,
            FetchConfig config,
            Time time,
            MetricRegistry metrics) {
        this.brokers = brokers;
        this.replicaManager = replicaManager;
        this.metadata = metadata;
        this.config = config;
        this.time = time;
        sessions = new FetchSessions(config.sessionCacheSlots(), time, metrics);
        waits = WaitMetrics.ofFetch(metrics);
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.FETCH;
    }

    @Override
    public @Nullable AbstractResponse handle(Request request, Access access) {
        FetchContext context = context(request);
        var operation = new FetchOperation(terms(request), context.targets(), replicaManager);
        operation.readAll(access);
        if (!operation.isSatisfied() && !waitForMore(request, operation)) return null;
        operation.load();

        var hints = new LeaderHints(brokers, replicaManager, metadata.image(), request.connection());
        FetchResponseData response = context.respond(operation.answers(request.apiVersion(), hints));
        for (Node node : hints.nodes()) {
            response.nodeEndpoints()
                    .add(new NodeEndpoint()
                            .setNodeId(node.id())
                            .setHost(node.host())
                            .setPort(node.port())
                            .setRack(node.rack()));
        }
        return FetchResponse.of(response);
    }

    private FetchContext context(Request request) {
        MetadataImage image = metadata.image();
        return sessions.begin(data(request), request.apiVersion(), id -> nameOf(image, id));
    }

    private FetchTerms terms(Request request) {
        return FetchTerms.of(data(request), config.maxBytes());
    }

    private static FetchRequestData data(Request request) {
        return request.<FetchRequest>body().data();
    }

    private static @Nullable String nameOf(MetadataImage image, Uuid topicId) {
        TopicImage topic = image.topics().topic(topicId);
        return topic == null ? null : topic.name();
    }

    /** @return false if the client has gone, and nobody waits for the response */
    private boolean waitForMore(Request request, FetchOperation operation) {
        request.releaseBody(); // the operation knows what was asked for, and the wait may be long
        waits.begin();
        try {
            long deadlineNanos = time.deadlineAfterMs(operation.terms().maxWaitMs());
            return waits.goesOnAfter(operation.awaitMore(request.waiter(), deadlineNanos));
        } finally {
            waits.end();
        }
    }
}
