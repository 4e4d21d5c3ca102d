package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.Time;
import dev.heddle.coordinator.TransactionVerifier;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.jspecify.annotations.Nullable;

/**
 * Produce: appends record batches and, with {@code acks=all}, answers when they are committed. Any thread may call it.
 */
final class ProduceHandler implements ApiHandler {

    private final BrokerNodes brokers;
    private final ReplicaManager replicaManager;
    private final MetadataCache metadata;
    private final TransactionVerifier verifier;
    private final Time time;
    private final WaitMetrics waits;

    ProduceHandler(
            BrokerNodes brokers,
            ReplicaManager replicaManager,
            MetadataCache metadata,
            TransactionVerifier verifier,
            Time time,
            MetricRegistry metrics) {
        this.brokers = brokers;
        this.replicaManager = replicaManager;
        this.metadata = metadata;
        this.verifier = verifier;
        this.time = time;
        waits = WaitMetrics.ofProduce(metrics);
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.PRODUCE;
    }

    @Override
    public @Nullable AbstractResponse handle(Request request, Access access) {
        ProduceRequest produce = request.body();
        var operation = new ProduceOperation(
                produce, request.apiVersion(), request.clientId(), access, replicaManager, metadata.image());
        operation.append();
        if (operation.hasTransactionalRecords()) {
            operation.appendTransactional(verifier, request.waiter());
        }
        request.releaseOrder();
        if (operation.mustWait() && !waitUntilCommitted(request, produce, operation)) return null;
        if (produce.acks() == 0) {
            // Nobody reads a response: a closed connection tells the producer that something was wrong.
            if (operation.failed()) throw new CloseConnectionException("a produce request with acks=0 failed");
            return null;
        }
        var hints = new LeaderHints(brokers, replicaManager, metadata.image(), request.connection());
        return new ProduceResponse(operation.response(hints));
    }

    /** @return false if the client has gone, and nobody waits for the response */
    private boolean waitUntilCommitted(Request request, ProduceRequest produce, ProduceOperation operation) {
        request.releaseBody(); // the records are in the log, and the wait may be long
        waits.begin();
        try {
            long deadline = time.deadlineAfterMs(Math.max(0, produce.timeout()));
            int late = operation.awaitCommitted(request.waiter(), deadline);
            if (request.waiter().isCancelled()) return false;
            if (late > 0) waits.expired(late);
            return true;
        } finally {
            waits.end();
        }
    }
}
