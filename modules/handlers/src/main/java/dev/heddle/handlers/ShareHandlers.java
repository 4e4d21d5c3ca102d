package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareGroups;
import dev.heddle.coordinator.ShareStateRequests;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteShareGroupStateRequest;
import org.apache.kafka.common.requests.DeleteShareGroupStateResponse;
import org.apache.kafka.common.requests.InitializeShareGroupStateRequest;
import org.apache.kafka.common.requests.InitializeShareGroupStateResponse;
import org.apache.kafka.common.requests.ReadShareGroupStateRequest;
import org.apache.kafka.common.requests.ReadShareGroupStateResponse;
import org.apache.kafka.common.requests.ReadShareGroupStateSummaryRequest;
import org.apache.kafka.common.requests.ReadShareGroupStateSummaryResponse;
import org.apache.kafka.common.requests.WriteShareGroupStateRequest;
import org.apache.kafka.common.requests.WriteShareGroupStateResponse;

/** Makes the handlers of share groups (KIP-932) and of their states. Called once, by the thread that starts the broker. */
final class ShareHandlers {

    private ShareHandlers() {}

    static List<ApiHandler> of(HandlerServices services) {
        MetadataCache metadata = services.metadata().cache();
        ShareGroups groups = services.coordinators().shares().groups();
        var states = new ShareStateRequests(services.coordinators().shares().coordinator());
        ShareServices records = records(services);
        ShareSessions sessions = sessions(services);
        return List.of(
                new ShareFetchHandler(
                        records,
                        sessions,
                        services.configs().handlers().fetch().maxBytes(),
                        services.tools().time(),
                        services.tools().metrics()),
                new ShareAcknowledgeHandler(records, sessions),
                new ShareGroupHeartbeatHandler(groups, metadata),
                new ShareGroupDescribeHandler(groups, metadata),
                new DescribeShareGroupOffsetsHandler(groups, metadata),
                new AlterShareGroupOffsetsHandler(groups, metadata),
                new DeleteShareGroupOffsetsHandler(groups, metadata),
                new ShareStateHandler<InitializeShareGroupStateRequest>(
                        ApiKeys.INITIALIZE_SHARE_GROUP_STATE,
                        (request, waiter) ->
                                new InitializeShareGroupStateResponse(states.initialize(request.data(), waiter))),
                new ShareStateHandler<ReadShareGroupStateRequest>(
                        ApiKeys.READ_SHARE_GROUP_STATE,
                        (request, waiter) -> new ReadShareGroupStateResponse(states.read(request.data(), waiter))),
                new ShareStateHandler<WriteShareGroupStateRequest>(
                        ApiKeys.WRITE_SHARE_GROUP_STATE,
                        (request, waiter) -> new WriteShareGroupStateResponse(states.write(request.data(), waiter))),
                new ShareStateHandler<DeleteShareGroupStateRequest>(
                        ApiKeys.DELETE_SHARE_GROUP_STATE,
                        (request, waiter) -> new DeleteShareGroupStateResponse(states.delete(request.data(), waiter))),
                new ShareStateHandler<ReadShareGroupStateSummaryRequest>(
                        ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY,
                        (request, waiter) ->
                                new ReadShareGroupStateSummaryResponse(states.summary(request.data(), waiter))));
    }

    private static ShareServices records(HandlerServices services) {
        return new ShareServices(
                services.coordinators().sharePartitions(),
                services.metadata().cache(),
                services.storage().replicas(),
                new BrokerNodes(services.self()));
    }

    private static ShareSessions sessions(HandlerServices services) {
        SharePartitions partitions = services.coordinators().sharePartitions();
        return new ShareSessions(
                partitions,
                partitions.settings().maxShareSessions(),
                services.tools().metrics());
    }

    /** @throws AnswerException unless the cluster has share groups */
    static void requireShareGroups(MetadataCache metadata) {
        if (!hasShareGroups(metadata)) throw new AnswerException(Errors.UNSUPPORTED_VERSION);
    }

    static boolean hasShareGroups(MetadataCache metadata) {
        return metadata.image().features().level(Features.SHARE) >= 1;
    }
}
