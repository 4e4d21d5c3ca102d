package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.StreamsHeartbeat;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.Status;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatRequest;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * StreamsGroupHeartbeat (KIP-1071). Any thread may call it; it waits for the group's lock, until what the heartbeat has
 * changed is committed, and until topics are created that the application lacks.
 */
final class StreamsGroupHeartbeatHandler implements ApiHandler {

    /** How long a topic that could not be created is left alone, in heartbeats. */
    private static final int BACK_OFF_HEARTBEATS = 2;

    private final GroupCoordinator groups;
    private final MetadataCache metadata;
    private final StreamsTopicCreation creation;

    StreamsGroupHeartbeatHandler(GroupCoordinator groups, MetadataCache metadata, StreamsTopicCreation creation) {
        this.groups = groups;
        this.metadata = metadata;
        this.creation = creation;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.STREAMS_GROUP_HEARTBEAT;
    }

    @Override
    public StreamsGroupHeartbeatResponse handle(Request request, Access access) {
        StreamsGroupHeartbeatRequest body = request.body();
        StreamsGroupHeartbeatResponseData refused = refusal(body.data(), access);
        if (refused != null) return new StreamsGroupHeartbeatResponse(refused);
        StreamsHeartbeat heartbeat = groups.streamsGroupHeartbeat(GroupCalls.context(request), body.data());
        if (!heartbeat.missingTopics().isEmpty()) {
            create(body.data().groupId(), heartbeat.missingTopics(), heartbeat.response(), access);
        }
        return new StreamsGroupHeartbeatResponse(heartbeat.response());
    }

    // ---- who may ask, and for what ----

    private @Nullable StreamsGroupHeartbeatResponseData refusal(StreamsGroupHeartbeatRequestData data, Access access) {
        if (!groups.hasStreamsProtocol() || metadata.image().features().level(Features.STREAMS) < 1) {
            return error(Errors.UNSUPPORTED_VERSION, null);
        }
        if (!access.allows(AclOperation.READ, ResourceType.GROUP, data.groupId())) {
            return error(Errors.GROUP_AUTHORIZATION_FAILED, null);
        }
        if (data.topology() == null) return null;
        Set<String> topics = topics(data.topology());
        List<String> internal = topics.stream().filter(Topic::isInternal).toList();
        if (!internal.isEmpty()) {
            return error(
                    Errors.STREAMS_INVALID_TOPOLOGY,
                    "Use of Kafka internal topics " + String.join(",", internal)
                            + " in a Kafka Streams topology is prohibited.");
        }
        List<String> invalid =
                topics.stream().filter(topic -> !Topic.isValid(topic)).toList();
        if (!invalid.isEmpty()) {
            return error(
                    Errors.STREAMS_INVALID_TOPOLOGY,
                    "Topic names " + String.join(",", invalid) + " are not valid topic names.");
        }
        boolean mayKnowAll =
                topics.stream().allMatch(access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics));
        return mayKnowAll ? null : error(Errors.TOPIC_AUTHORIZATION_FAILED, null);
    }

    /** Every topic that the topology names, once. */
    private static Set<String> topics(StreamsGroupHeartbeatRequestData.Topology topology) {
        Set<String> topics = new LinkedHashSet<>();
        for (Subtopology subtopology : topology.subtopologies()) {
            topics.addAll(subtopology.sourceTopics());
            topics.addAll(subtopology.repartitionSinkTopics());
            subtopology.repartitionSourceTopics().forEach(topic -> topics.add(topic.name()));
            subtopology.stateChangelogTopics().forEach(topic -> topics.add(topic.name()));
        }
        return topics;
    }

    private static StreamsGroupHeartbeatResponseData error(Errors error, @Nullable String message) {
        return new StreamsGroupHeartbeatResponseData()
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    // ---- topics of the application's own ----

    private void create(
            String groupId,
            Map<String, CreatableTopic> missing,
            StreamsGroupHeartbeatResponseData response,
            Access access) {
        List<String> denied = denied(missing.keySet(), access);
        if (!denied.isEmpty()) {
            tell(response, "Unauthorized to CREATE on topics " + String.join(", ", denied) + ".");
            return;
        }
        int backOffMs = groups.streamsHeartbeatIntervalMs(groupId) * BACK_OFF_HEARTBEATS;
        String failures = creation.create(missing, backOffMs);
        if (failures != null) tell(response, "Creation failed: " + failures + ".");
    }

    private static List<String> denied(Set<String> topics, Access access) {
        if (access.allowsOnCluster(AclOperation.CREATE, Logged.IF_ALLOWED)) return List.of();
        var mayCreate = access.allowed(AclOperation.CREATE, ResourceType.TOPIC, topics);
        return topics.stream().filter(mayCreate.negate()).toList();
    }

    /** Adds to what the member is told about topics that are missing. */
    private static void tell(StreamsGroupHeartbeatResponseData response, String detail) {
        byte code = StreamsGroupHeartbeatResponse.Status.MISSING_INTERNAL_TOPICS.code();
        for (Status status : response.status()) {
            if (status.statusCode() != code) continue;
            status.setStatusDetail(status.statusDetail() + "; " + detail);
            return;
        }
        List<Status> all = new ArrayList<>(response.status());
        all.add(new Status().setStatusCode(code).setStatusDetail(detail));
        response.setStatus(all);
    }
}
