package dev.heddle.handlers;

import dev.heddle.requestchannel.ConnectionInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ShareFetchResponse;

/** Puts the answer to one ShareFetch together. Belongs to the request's thread. */
final class ShareFetchResponses {

    private final LeaderHints hints;
    private final int lockTimeoutMs;

    /** @param client is told the leaders' addresses of the listener that it came through */
    ShareFetchResponses(ShareServices services, ConnectionInfo client, String groupId) {
        hints = services.hints(client);
        lockTimeoutMs = services.lockTimeoutMs(groupId);
    }

    ShareFetchResponse refused(Errors error) {
        return ShareFetchResponse.of(error, 0, new LinkedHashMap<>(), List.of(), 0);
    }

    ShareFetchResponse of(
            Map<TopicIdPartition, PartitionData> fetched,
            Map<TopicIdPartition, ShareAcknowledgements.Outcome> acknowledged) {
        var answers = new LinkedHashMap<>(fetched);
        answers.forEach((partition, answer) -> {
            if (!ShareServices.isElsewhere(answer.errorCode())) return;
            LeaderHints.Leader leader = hints.leaderOf(partition.topicPartition());
            answer.currentLeader().setLeaderId(leader.id()).setLeaderEpoch(leader.epoch());
        });
        acknowledged.forEach(
                (partition, outcome) -> answers.computeIfAbsent(partition, ShareFetchResponses::nothingFetched)
                        .setAcknowledgeErrorCode(outcome.error().code())
                        .setAcknowledgeErrorMessage(outcome.error() == Errors.NONE ? null : outcome.message()));
        List<Node> nodes = new ArrayList<>();
        hints.nodes().forEach(nodes::add);
        return ShareFetchResponse.of(Errors.NONE, 0, answers, nodes, lockTimeoutMs);
    }

    private static PartitionData nothingFetched(TopicIdPartition partition) {
        return new PartitionData().setPartitionIndex(partition.partition()).setRecords(MemoryRecords.EMPTY);
    }
}
