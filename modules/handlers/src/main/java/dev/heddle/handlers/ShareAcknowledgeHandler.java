package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.delivery.Acknowledgement;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.PartitionData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ShareAcknowledgeRequest;
import org.apache.kafka.common.requests.ShareAcknowledgeResponse;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.apache.kafka.common.resource.ResourceType;

/**
 * ShareAcknowledge (KIP-932): a member of a share group says what became of its records, and wants no others. Any thread
 * may call it; it waits until that is written down.
 */
final class ShareAcknowledgeHandler implements ApiHandler {

    private final ShareServices services;
    private final ShareSessions sessions;

    ShareAcknowledgeHandler(ShareServices services, ShareSessions sessions) {
        this.services = services;
        this.sessions = sessions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.SHARE_ACKNOWLEDGE;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        ShareAcknowledgeRequestData data =
                request.<ShareAcknowledgeRequest>body().data();
        MetadataImage image = services.metadata().image();
        ShareSession.Key member = ShareCalls.admit(image, access, data.groupId(), data.memberId());
        ShareSession session = advance(member, data.shareSessionEpoch());

        var topics = new ShareTopics(image);
        Set<String> names = new LinkedHashSet<>();
        var said = new ShareAcknowledgements(topics, request.apiVersion(), data.isRenewAck());
        for (AcknowledgeTopic topic : data.topics()) {
            for (AcknowledgePartition partition : topic.partitions()) {
                TopicIdPartition found = topics.find(topic.topicId(), partition.partitionIndex());
                if (ShareTopics.isKnown(found)) names.add(found.topic());
                said.add(found, acknowledgements(partition));
            }
        }
        Predicate<String> readable = access.allowed(AclOperation.READ, ResourceType.TOPIC, names);
        Map<TopicIdPartition, ShareAcknowledgements.Outcome> outcomes =
                said.apply(services.partitions(), member, readable);
        if (data.shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH) sessions.end(session);
        return new ShareAcknowledgeResponse(response(request, member, outcomes));
    }

    /** @throws AnswerException SHARE_SESSION_NOT_FOUND or INVALID_SHARE_SESSION_EPOCH */
    private ShareSession advance(ShareSession.Key member, int epoch) {
        if (epoch == ShareRequestMetadata.INITIAL_EPOCH)
            throw new AnswerException(Errors.INVALID_SHARE_SESSION_EPOCH); // only fetches begin sessions
        ShareSession session = sessions.find(member);
        if (epoch == ShareRequestMetadata.FINAL_EPOCH) return session;
        Errors error = session.advance(epoch, List.of(), List.of());
        if (error != Errors.NONE) throw new AnswerException(error);
        return session;
    }

    private static List<Acknowledgement> acknowledgements(AcknowledgePartition partition) {
        return partition.acknowledgementBatches().stream()
                .map(batch -> new Acknowledgement(batch.firstOffset(), batch.lastOffset(), batch.acknowledgeTypes()))
                .toList();
    }

    private ShareAcknowledgeResponseData response(
            Request request, ShareSession.Key member, Map<TopicIdPartition, ShareAcknowledgements.Outcome> outcomes) {
        LeaderHints hints = services.hints(request.connection());
        var response = new ShareAcknowledgeResponseData()
                .setAcquisitionLockTimeoutMs(services.lockTimeoutMs(member.groupId()));
        outcomes.forEach((partition, outcome) -> {
            ShareAcknowledgeTopicResponse topic = response.responses().find(partition.topicId());
            if (topic == null) {
                topic = new ShareAcknowledgeTopicResponse().setTopicId(partition.topicId());
                response.responses().add(topic);
            }
            topic.partitions().add(answer(partition, outcome, hints));
        });
        for (Node node : hints.nodes()) {
            response.nodeEndpoints()
                    .add(new NodeEndpoint()
                            .setNodeId(node.id())
                            .setHost(node.host())
                            .setPort(node.port())
                            .setRack(node.rack()));
        }
        return response;
    }

    private static PartitionData answer(
            TopicIdPartition partition, ShareAcknowledgements.Outcome outcome, LeaderHints hints) {
        PartitionData answer = new PartitionData()
                .setPartitionIndex(partition.partition())
                .setErrorCode(outcome.error().code())
                .setErrorMessage(outcome.error() == Errors.NONE ? null : outcome.message());
        if (ShareServices.isElsewhere(answer.errorCode())) {
            LeaderHints.Leader leader = hints.leaderOf(partition.topicPartition());
            answer.currentLeader().setLeaderId(leader.id()).setLeaderEpoch(leader.epoch());
        }
        return answer;
    }
}
