package dev.heddle.handlers;

import dev.heddle.coordinator.TransactionMarker;
import dev.heddle.coordinator.TransactionMarkers;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest.TxnMarkerEntry;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/**
 * WriteTxnMarkers: ends transactions in partitions, for a coordinator on another broker, or for an operator who aborts a
 * transaction that hangs (KIP-664). Any thread may call it; it waits until the markers are committed.
 */
final class WriteTxnMarkersHandler implements ApiHandler {

    private final TransactionMarkers markers;

    WriteTxnMarkersHandler(TransactionMarkers markers) {
        this.markers = markers;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.WRITE_TXN_MARKERS;
    }

    @Override
    public WriteTxnMarkersResponse handle(Request request, Access access) {
        if (!access.allowsOnCluster(AclOperation.ALTER, Logged.IF_ALLOWED)) {
            access.requireOnCluster(AclOperation.CLUSTER_ACTION);
        }
        WriteTxnMarkersRequest asked = request.body();
        Map<Long, Map<TopicPartition, Errors>> errors = new HashMap<>();
        for (TxnMarkerEntry entry : asked.markers()) {
            var marker = new TransactionMarker(
                    entry.producerId(),
                    entry.producerEpoch(),
                    entry.coordinatorEpoch(),
                    entry.transactionResult(),
                    entry.transactionVersion());
            errors.computeIfAbsent(entry.producerId(), id -> new HashMap<>())
                    .putAll(markers.write(marker, entry.partitions(), request.waiter()));
        }
        return new WriteTxnMarkersResponse(errors);
    }
}
