package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicsImage;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * FindCoordinator, of one key or (KIP-699) of several. Any thread may call it; it waits where it has to create the
 * coordinator's topic first.
 */
final class FindCoordinatorHandler implements ApiHandler {

    private static final short BATCH_VERSION = 4;
    private static final short SHARE_VERSION = 6;

    private final BrokerNodes nodes;
    private final MetadataCache metadata;
    private final Places places;
    private final AutoTopicCreation creation;

    /**
     * Where coordinators keep what they coordinate.
     *
     * @param partitionOfGroup which partition of {@code __consumer_offsets} keeps a group
     * @param partitionOfTransaction which partition of {@code __transaction_state} keeps a transactional id
     * @param partitionOfShare which partition of {@code __share_group_state} keeps a group's state in a partition
     */
    record Places(
            ToIntFunction<String> partitionOfGroup,
            ToIntFunction<String> partitionOfTransaction,
            ToIntFunction<SharePartitionKey> partitionOfShare) {}

    FindCoordinatorHandler(BrokerIdentity self, MetadataCache metadata, Places places, AutoTopicCreation creation) {
        this.nodes = new BrokerNodes(self);
        this.metadata = metadata;
        this.places = places;
        this.creation = creation;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.FIND_COORDINATOR;
    }

    @Override
    public boolean mayWait(Request request) {
        TopicsImage topics = metadata.image().topics();
        return topics.topic(Topic.GROUP_METADATA_TOPIC_NAME) == null
                || topics.topic(Topic.TRANSACTION_STATE_TOPIC_NAME) == null
                || topics.topic(Topic.SHARE_GROUP_STATE_TOPIC_NAME) == null;
    }

    @Override
    public FindCoordinatorResponse handle(Request request, Access access) {
        return answer(request.body(), request.connection(), access);
    }

    FindCoordinatorResponse answer(FindCoordinatorRequest request, ConnectionInfo client, Access access) {
        CoordinatorType type = CoordinatorType.forId(request.data().keyType());
        if (request.version() < BATCH_VERSION) return answerOne(request, type, client, access);
        var response = new FindCoordinatorResponseData();
        for (String key : request.data().coordinatorKeys()) {
            response.coordinators().add(coordinator(key, type, request.version(), client, access));
        }
        return new FindCoordinatorResponse(response);
    }

    /** The form of versions 0 to 3. */
    private FindCoordinatorResponse answerOne(
            FindCoordinatorRequest request, CoordinatorType type, ConnectionInfo client, Access access) {
        Coordinator found = coordinator(request.data().key(), type, request.version(), client, access);
        Errors error = Errors.forCode(found.errorCode());
        return new FindCoordinatorResponse(new FindCoordinatorResponseData()
                .setErrorCode(found.errorCode())
                .setErrorMessage(found.errorMessage().isEmpty() ? error.message() : found.errorMessage())
                .setNodeId(found.nodeId())
                .setHost(found.host())
                .setPort(found.port()));
    }

    private Coordinator coordinator(
            String key, CoordinatorType type, short version, ConnectionInfo client, Access access) {
        Coordinator answer =
                new Coordinator().setKey(key).setNodeId(-1).setHost("").setPort(-1);
        try {
            authorize(key, type, version, access);
            Node node = find(key, type, client);
            return answer.setNodeId(node.id()).setHost(node.host()).setPort(node.port());
        } catch (AnswerException e) {
            return answer.setErrorCode(e.error().code())
                    .setErrorMessage(e.getMessage().equals(e.error().message()) ? "" : e.getMessage());
        }
    }

    /** @throws AnswerException if the sender must not know who coordinates this */
    private static void authorize(String key, CoordinatorType type, short version, Access access) {
        switch (type) {
            case GROUP -> GroupCalls.require(access, AclOperation.DESCRIBE, key);
            case TRANSACTION -> {
                if (!access.allows(AclOperation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, key))
                    throw new AnswerException(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
            }
            case SHARE -> {
                // An error that clients do not retry: they would ask for ever.
                if (version < SHARE_VERSION) throw new AnswerException(Errors.INVALID_REQUEST);
                access.requireOnCluster(AclOperation.CLUSTER_ACTION);
            }
        }
    }

    private Node find(String key, CoordinatorType type, ConnectionInfo client) {
        return switch (type) {
            case GROUP ->
                leaderOf(
                        Topic.GROUP_METADATA_TOPIC_NAME,
                        places.partitionOfGroup().applyAsInt(key),
                        client);
            case TRANSACTION ->
                leaderOf(
                        Topic.TRANSACTION_STATE_TOPIC_NAME,
                        places.partitionOfTransaction().applyAsInt(key),
                        client);
            case SHARE ->
                leaderOf(
                        Topic.SHARE_GROUP_STATE_TOPIC_NAME,
                        places.partitionOfShare().applyAsInt(sharePartition(key)),
                        client);
        };
    }

    private static SharePartitionKey sharePartition(String key) {
        try {
            return SharePartitionKey.parse(key);
        } catch (IllegalArgumentException e) {
            throw new AnswerException(Errors.INVALID_REQUEST);
        }
    }

    private Node leaderOf(String topic, int partition, ConnectionInfo client) {
        MetadataImage image = metadata.image();
        if (image.topics().topic(topic) == null) {
            creation.create(List.of(topic));
            image = metadata.image();
        }
        PartitionImage found = image.topics().partition(topic, partition);
        Node leader = found == null ? null : nodes.alive(image, found.leader(), client);
        if (leader == null) throw new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
        return leader;
    }
}
