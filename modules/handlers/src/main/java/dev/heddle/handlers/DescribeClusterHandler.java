package dev.heddle.handlers;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.clients.admin.EndpointType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBrokerCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeClusterResponse;

/** DescribeCluster (KIP-700, KIP-919): the brokers and the cluster's id. Any thread may call it; it never waits. */
final class DescribeClusterHandler implements ApiHandler {

    private final BrokerIdentity self;
    private final MetadataCache metadata;

    DescribeClusterHandler(BrokerIdentity self, MetadataCache metadata) {
        this.self = self;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public boolean mayWait(Request request) {
        return false;
    }

    @Override
    public DescribeClusterResponse handle(Request request, Access access) {
        return answer(request.body(), request.connection(), access);
    }

    DescribeClusterResponse answer(DescribeClusterRequest request, ConnectionInfo client, Access access) {
        EndpointType type = EndpointType.fromId(request.data().endpointType());
        return new DescribeClusterResponse(
                switch (type) {
                    case BROKER -> describe(request, client, access);
                    case CONTROLLER ->
                        refuse(
                                request,
                                Errors.MISMATCHED_ENDPOINT_TYPE,
                                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
                                        + type);
                    case UNKNOWN ->
                        refuse(
                                request,
                                Errors.UNSUPPORTED_ENDPOINT_TYPE,
                                "Unsupported endpoint type " + request.data().endpointType());
                });
    }

    /** Version 0 does not know the newer error codes. */
    private static DescribeClusterResponseData refuse(DescribeClusterRequest request, Errors error, String message) {
        Errors known = request.version() == 0 ? Errors.INVALID_REQUEST : error;
        return new DescribeClusterResponseData().setErrorCode(known.code()).setErrorMessage(message);
    }

    private DescribeClusterResponseData describe(DescribeClusterRequest request, ConnectionInfo client, Access access) {
        MetadataImage image = metadata.image();
        var brokers = new DescribeClusterBrokerCollection();
        for (Node node : new BrokerNodes(self).registered(image, client)) {
            if (node.isFenced() && !request.data().includeFencedBrokers()) continue;
            brokers.add(new DescribeClusterBroker()
                    .setBrokerId(node.id())
                    .setHost(node.host())
                    .setPort(node.port())
                    .setRack(node.rack())
                    .setIsFenced(node.isFenced()));
        }
        int controllerId = BrokerNodes.controllerId(image);
        return new DescribeClusterResponseData()
                .setClusterId(self.clusterId())
                .setControllerId(brokers.find(controllerId) == null ? -1 : controllerId)
                .setClusterAuthorizedOperations(
                        request.data().includeClusterAuthorizedOperations()
                                ? AuthorizedOperations.onCluster(access)
                                : AuthorizedOperations.NOT_ASKED)
                .setBrokers(brokers)
                .setEndpointType(EndpointType.BROKER.id());
    }
}
