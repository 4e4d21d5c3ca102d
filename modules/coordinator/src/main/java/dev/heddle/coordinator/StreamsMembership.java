package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.StreamsHeartbeats.Outcome;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * StreamsGroupHeartbeat: looks at the request, finds the group, lets the group change, waits until that is committed, and
 * answers. Any thread may call it, without a lock.
 */
final class StreamsMembership {

    private final OffsetsPartitions partitions;
    private final StreamsHeartbeats heartbeats;

    StreamsMembership(OffsetsPartitions partitions, StreamsHeartbeats heartbeats) {
        this.partitions = partitions;
        this.heartbeats = heartbeats;
    }

    StreamsHeartbeat heartbeat(CallContext ctx, StreamsGroupHeartbeatRequestData request) {
        try {
            partitions.requireStarted();
            requireSupported(request);
            requireValid(request);
            OffsetsPartition partition = partitions.of(request.groupId());
            Outcome outcome = decide(partition, ctx, request);
            partition.awaitCommitted(outcome.endOffset(), ctx.waiter());
            return new StreamsHeartbeat(outcome.response(), outcome.missingTopics());
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            String message = e instanceof AnswerException answer && answer.error() == error ? e.getMessage() : null;
            return new StreamsHeartbeat(
                    new StreamsGroupHeartbeatResponseData()
                            .setErrorCode(error.code())
                            .setErrorMessage(message),
                    Map.of());
        }
    }

    private Outcome decide(OffsetsPartition partition, CallContext ctx, StreamsGroupHeartbeatRequestData request) {
        String groupId = request.groupId();
        if (request.memberEpoch() == 0) {
            return partition.withGroup(groupId, group -> heartbeats.heartbeat(group, ctx, request));
        }
        return partition.withExisting(
                groupId,
                group -> request.memberEpoch() < 0
                        ? heartbeats.leave(group, request)
                        : heartbeats.heartbeat(group, ctx, request),
                () -> {
                    throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Streams group " + groupId + " not found.");
                });
    }

    // ---- what is asked of every request ----

    /** What Kafka 4.3 has fields for and does not do. */
    private static void requireSupported(StreamsGroupHeartbeatRequestData request) {
        if (request.instanceId() != null) throw invalid("Static membership is not yet supported.");
        if (request.taskOffsets() != null) throw invalid("TaskOffsets are not supported yet.");
        if (request.taskEndOffsets() != null) throw invalid("TaskEndOffsets are not supported yet.");
        if (request.warmupTasks() != null && !request.warmupTasks().isEmpty()) {
            throw invalid("WarmupTasks are not supported yet.");
        }
        if (request.topology() == null) return;
        for (Subtopology subtopology : request.topology().subtopologies()) {
            requireEmpty(
                    subtopology.sourceTopicRegex(), "Regular expressions for source topics are not supported yet.");
        }
    }

    private static void requireValid(StreamsGroupHeartbeatRequestData request) {
        requireNotBlank(request.memberId(), "MemberId");
        requireNotBlank(request.groupId(), "GroupId");
        requireNotBlank(request.rackId(), "RackId");
        int epoch = request.memberEpoch();
        if (epoch == 0) requireValidJoin(request);
        if (epoch == CurrentAssignment.LEAVING_STATIC) throw invalid("InstanceId can't be null.");
        if (epoch < CurrentAssignment.LEAVING_STATIC) {
            throw invalid("MemberEpoch is " + epoch + ", but must be greater than or equal to -2.");
        }
        boolean hasAny =
                request.activeTasks() != null || request.standbyTasks() != null || request.warmupTasks() != null;
        boolean hasAll =
                request.activeTasks() != null && request.standbyTasks() != null && request.warmupTasks() != null;
        if (hasAny && !hasAll) throw invalid("If one task-type is non-null, all must be non-null.");
        if (epoch != 0 && request.topology() != null) throw invalid("Topology can only be provided when (re-)joining.");
    }

    private static void requireValidJoin(StreamsGroupHeartbeatRequestData request) {
        if (request.rebalanceTimeoutMs() == -1) {
            throw invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        requireEmpty(request.activeTasks(), "ActiveTasks must be empty when (re-)joining.");
        requireEmpty(request.standbyTasks(), "StandbyTasks must be empty when (re-)joining.");
        requireEmpty(request.warmupTasks(), "WarmupTasks must be empty when (re-)joining.");
        if (request.topology() == null) throw invalid("Topology must be non-null when (re-)joining.");
        for (Subtopology subtopology : request.topology().subtopologies()) {
            for (TopicInfo changelog : subtopology.stateChangelogTopics()) {
                if (changelog.partitions() == 0) continue;
                throw new AnswerException(
                        Errors.STREAMS_INVALID_TOPOLOGY,
                        "Changelog topic " + changelog.name() + " must have an undefined partition count, but it is set"
                                + " to " + changelog.partitions() + ".");
            }
        }
    }

    private static void requireEmpty(@Nullable Collection<?> values, String message) {
        if (values == null || !values.isEmpty()) throw invalid(message);
    }

    private static void requireNotBlank(@Nullable String value, String name) {
        if (value != null && value.isBlank()) throw invalid(name + " can't be empty.");
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
