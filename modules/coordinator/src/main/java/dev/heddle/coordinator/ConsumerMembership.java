package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.ConsumerHeartbeats.Outcome;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import java.util.Collection;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * ConsumerGroupHeartbeat: looks at the request, finds the group, lets the group change, waits until that is committed,
 * and answers. Any thread may call it, without a lock.
 */
final class ConsumerMembership {

    /** From this version on a member chooses its id itself (KIP-1082). */
    private static final short MEMBER_CHOOSES_ID_VERSION = 1;

    private final OffsetsPartitions partitions;
    private final ConsumerContext context;
    private final ConsumerHeartbeats heartbeats;

    ConsumerMembership(OffsetsPartitions partitions, ConsumerContext context, ConsumerHeartbeats heartbeats) {
        this.partitions = partitions;
        this.context = context;
        this.heartbeats = heartbeats;
    }

    ConsumerGroupHeartbeatResponseData heartbeat(
            CallContext ctx, ConsumerGroupHeartbeatRequestData request, TopicFilter filter) {
        try {
            partitions.requireStarted();
            requireValid(ctx, request);
            OffsetsPartition partition = partitions.of(request.groupId());
            Outcome outcome = decide(partition, ctx, request, filter);
            partition.awaitCommitted(outcome.endOffset(), ctx.waiter());
            return outcome.response();
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            String message = e instanceof AnswerException answer && answer.error() == error ? e.getMessage() : null;
            return new ConsumerGroupHeartbeatResponseData()
                    .setErrorCode(error.code())
                    .setErrorMessage(message != null ? message : error.message());
        }
    }

    private Outcome decide(
            OffsetsPartition partition,
            CallContext ctx,
            ConsumerGroupHeartbeatRequestData request,
            TopicFilter filter) {
        String groupId = request.groupId();
        if (request.memberEpoch() == 0) {
            return partition.withGroup(groupId, group -> heartbeats.heartbeat(group, ctx, request, filter));
        }
        return partition.withExisting(
                groupId,
                group -> request.memberEpoch() < 0
                        ? heartbeats.leave(group, request)
                        : heartbeats.heartbeat(group, ctx, request, filter),
                () -> {
                    throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Consumer group " + groupId + " not found.");
                });
    }

    // ---- what is asked of every request ----

    private void requireValid(CallContext ctx, ConsumerGroupHeartbeatRequestData request) {
        int epoch = request.memberEpoch();
        if (ctx.apiVersion() >= MEMBER_CHOOSES_ID_VERSION || epoch > 0 || epoch == CurrentAssignment.LEAVING) {
            requireNotBlank(request.memberId(), "MemberId");
        }
        requireNotBlank(request.groupId(), "GroupId");
        requireNotBlank(request.instanceId(), "InstanceId");
        requireNotBlank(request.rackId(), "RackId");
        if (epoch == 0) requireValidJoin(request);
        if (epoch == CurrentAssignment.LEAVING_STATIC && request.instanceId() == null) {
            throw invalid("InstanceId can't be null.");
        }
        if (epoch < CurrentAssignment.LEAVING_STATIC) throw invalid("MemberEpoch is invalid.");
        requireAssignor(request.serverAssignor());
    }

    private static void requireValidJoin(ConsumerGroupHeartbeatRequestData request) {
        if (request.rebalanceTimeoutMs() == -1) {
            throw invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        if (request.topicPartitions() == null || !request.topicPartitions().isEmpty()) {
            throw invalid("TopicPartitions must be empty when (re-)joining.");
        }
        if (request.subscribedTopicNames() == null && request.subscribedTopicRegex() == null) {
            throw invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
        }
    }

    private void requireAssignor(@Nullable String name) {
        Collection<String> known = context.config().consumer().assignors().names();
        if (name == null || known.contains(name)) return;
        throw new AnswerException(
                Errors.UNSUPPORTED_ASSIGNOR,
                "ServerAssignor " + name + " is not supported. Supported assignors: " + String.join(", ", known) + ".");
    }

    private static void requireNotBlank(@Nullable String value, String name) {
        if (value != null && value.isBlank()) throw invalid(name + " can't be empty.");
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
