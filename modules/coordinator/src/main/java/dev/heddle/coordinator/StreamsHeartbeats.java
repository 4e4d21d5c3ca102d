package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import dev.heddle.coordinator.streams.AssignedTasks;
import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.ConfiguredTopology.Problem;
import dev.heddle.coordinator.streams.CurrentTasks;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsProfile;
import dev.heddle.coordinator.streams.StreamsProfile.Endpoint;
import dev.heddle.coordinator.streams.Tasks;
import dev.heddle.coordinator.streams.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What StreamsGroupHeartbeat does to a group (KIP-1071): a member joins, says what it runs and what it has, is told what it
 * is to have, and leaves. Every method needs the group's lock.
 */
final class StreamsHeartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsHeartbeats.class);

    /** What to answer, what must be committed before, and the application's own topics that are to be created. */
    record Outcome(
            StreamsGroupHeartbeatResponseData response, long endOffset, Map<String, CreatableTopic> missingTopics) {}

    private final StreamsContext context;
    private final StreamsFencing fencing;

    StreamsHeartbeats(StreamsContext context, StreamsFencing fencing) {
        this.context = context;
        this.fencing = fencing;
    }

    // ---- a member that stays ----

    /** @throws AnswerException if the member is turned away */
    Outcome heartbeat(Group group, CallContext ctx, StreamsGroupHeartbeatRequestData request) {
        boolean isJoining = request.memberEpoch() == 0;
        StreamsTurn turn = isJoining ? turnForJoining(group) : context.turn(group, streamsOf(group));
        Tasks owned = owned(request);
        StreamsMember before = isJoining ? joining(turn, request) : checked(turn, request, owned);
        StreamsProfile profile = profile(before.profile(), ctx, request);
        var update = new StreamsUpdate(context, turn, before, before.with(profile));

        update.recordProfile();
        Topology topology = update.agreeOn(request.topology() == null ? null : Topology.of(request.topology()));
        ConfiguredTopology configured = update.configure(topology);
        if (owned != null) update.requireKnown(owned);
        update.assign();
        StreamsMember after = update.reconcile(owned);
        turn.afterwards(() -> renewSession(turn, after.id()));
        if (request.shutdownApplication()) turn.afterwards(() -> turn.streams().requestShutdown(after.id()));

        var response = new StreamsGroupHeartbeatResponseData()
                .setMemberId(after.id())
                .setMemberEpoch(after.epoch())
                .setHeartbeatIntervalMs(context.settings().heartbeatIntervalMs(group.id()));
        tellTasks(response, request, turn, before, after);
        tellEndpoints(response, request, turn, after, configured);
        tellStatus(response, request, turn, after, topology, update.delay(), configured.problem());
        return new Outcome(response, turn.write(), configured.missingTopics());
    }

    private StreamsTurn turnForJoining(Group group) {
        if (group.membership() instanceof ClassicGroup classic && classic.isEmpty()) {
            StreamsTurn turn = context.turn(group, new StreamsGroup());
            if (group.isPersisted()) turn.precede(GroupRecords.groupTombstone(group.id(), turn.nowMs()));
            return turn;
        }
        StreamsGroup streams = streamsOf(group);
        int maxSize = context.config().maxSize();
        if (streams.data().size() < maxSize) return context.turn(group, streams);
        throw new AnswerException(
                Errors.GROUP_MAX_SIZE_REACHED,
                "The streams group has reached its maximum capacity of " + maxSize + " members.");
    }

    /** @throws AnswerException GROUP_ID_NOT_FOUND if it is a group of another protocol */
    static StreamsGroup streamsOf(Group group) {
        if (group.membership() instanceof StreamsGroup streams) return streams;
        throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + group.id() + " is not a streams group.");
    }

    private static StreamsMember joining(StreamsTurn turn, StreamsGroupHeartbeatRequestData request) {
        StreamsMember known = turn.data().member(request.memberId());
        if (known != null) return known;
        LOG.info(
                "A member joins: group={}, member={}, protocol=streams",
                turn.group().id(),
                request.memberId());
        return StreamsMember.joining(request.memberId());
    }

    private static StreamsProfile profile(
            StreamsProfile before, CallContext ctx, StreamsGroupHeartbeatRequestData request) {
        String rackId =
                request.rackId() != null ? request.rackId() : before.origin().rackId();
        var origin = new Origin(before.origin().instanceId(), rackId, ctx.clientId(), ctx.clientHost());
        var endpoint = request.userEndpoint();
        Map<String, String> tags = before.clientTags();
        if (request.clientTags() != null) {
            tags = new HashMap<>();
            for (var tag : request.clientTags()) tags.put(tag.key(), tag.value());
        }
        int timeoutMs = request.rebalanceTimeoutMs();
        return new StreamsProfile(
                origin,
                timeoutMs == -1 ? before.rebalanceTimeoutMs() : timeoutMs,
                request.topology() != null ? request.topology().epoch() : before.topologyEpoch(),
                request.processId() != null ? request.processId() : before.processId(),
                endpoint != null ? new Endpoint(endpoint.host(), endpoint.port()) : before.endpoint(),
                tags);
    }

    private static @Nullable Tasks owned(StreamsGroupHeartbeatRequestData request) {
        if (request.activeTasks() == null || request.standbyTasks() == null || request.warmupTasks() == null)
            return null;
        return new Tasks(tasks(request.activeTasks()), tasks(request.standbyTasks()), tasks(request.warmupTasks()));
    }

    private static Map<String, Set<Integer>> tasks(List<TaskIds> ids) {
        Map<String, Set<Integer>> tasks = new HashMap<>();
        for (TaskIds each : ids) {
            tasks.computeIfAbsent(each.subtopologyId(), id -> new HashSet<>()).addAll(each.partitions());
        }
        return tasks;
    }

    private void renewSession(StreamsTurn turn, String memberId) {
        MemberDeadlines deadlines = turn.streams().deadlines().of(memberId);
        int timeoutMs = context.settings().sessionTimeoutMs(turn.group().id());
        deadlines.session = context.time().deadlineAfterMs(timeoutMs);
        turn.group().timers().visitBy(deadlines.session);
    }

    // ---- what it is told ----

    private static void tellTasks(
            StreamsGroupHeartbeatResponseData response,
            StreamsGroupHeartbeatRequestData request,
            StreamsTurn turn,
            StreamsMember before,
            StreamsMember after) {
        AssignedTasks assigned = after.current().assigned();
        if (request.memberEpoch() != 0 && assigned.equals(before.current().assigned())) return;
        response.setActiveTasks(ids(assigned.activePartitions()))
                .setStandbyTasks(ids(assigned.standby()))
                .setWarmupTasks(ids(assigned.warmup()));
        if (after.profile().endpoint() != null && !turn.isNewGroup()) turn.afterwards(turn.streams()::endpointsChanged);
    }

    private static List<StreamsGroupHeartbeatResponseData.TaskIds> ids(Map<String, Set<Integer>> tasks) {
        List<StreamsGroupHeartbeatResponseData.TaskIds> ids = new ArrayList<>();
        tasks.forEach((subtopology, partitions) -> ids.add(new StreamsGroupHeartbeatResponseData.TaskIds()
                .setSubtopologyId(subtopology)
                .setPartitions(List.copyOf(new TreeSet<>(partitions)))));
        return ids;
    }

    private static void tellEndpoints(
            StreamsGroupHeartbeatResponseData response,
            StreamsGroupHeartbeatRequestData request,
            StreamsTurn turn,
            StreamsMember after,
            ConfiguredTopology configured) {
        boolean willChange = response.activeTasks() != null && after.profile().endpoint() != null;
        int epoch = turn.streams().endpointEpoch() + (willChange ? 1 : 0);
        if (epoch != request.endpointInformationEpoch()) {
            var endpoints = new EndpointPartitions(configured, turn.catalog());
            response.setPartitionsByUserEndpoint(endpoints.of(turn.data().members(), after));
        }
        // A group begins to count with its second heartbeat.
        if (!turn.isNewGroup()) response.setEndpointInformationEpoch(epoch);
    }

    private static void tellStatus(
            StreamsGroupHeartbeatResponseData response,
            StreamsGroupHeartbeatRequestData request,
            StreamsTurn turn,
            StreamsMember after,
            Topology topology,
            @Nullable String delay,
            @Nullable Problem problem) {
        List<StreamsGroupHeartbeatResponseData.Status> status = new ArrayList<>();
        Topology known = turn.data().topology();
        int memberEpoch = after.profile().topologyEpoch();
        if (known != null && memberEpoch < topology.epoch()) {
            status.add(status(
                    Status.STALE_TOPOLOGY,
                    "The member's topology epoch " + memberEpoch + " is behind the group's topology epoch "
                            + topology.epoch() + "."));
        }
        if (delay != null) status.add(status(Status.ASSIGNMENT_DELAYED, delay));
        if (problem != null) status.add(status(problem.status(), problem.detail()));
        String requester = turn.streams().shutdownRequester();
        if (requester == null && request.shutdownApplication()) requester = after.id();
        if (requester != null) {
            status.add(status(
                    Status.SHUTDOWN_APPLICATION,
                    "Streams group member " + requester
                            + " encountered a fatal error and requested a shutdown for the entire application."));
        }
        response.setStatus(status);
    }

    private static StreamsGroupHeartbeatResponseData.Status status(Status status, String detail) {
        return new StreamsGroupHeartbeatResponseData.Status()
                .setStatusCode(status.code())
                .setStatusDetail(detail);
    }

    // ---- who it is ----

    private static StreamsMember require(StreamsTurn turn, String memberId) {
        StreamsMember member = turn.data().member(memberId);
        if (member != null) return member;
        throw new AnswerException(
                Errors.UNKNOWN_MEMBER_ID,
                "Member " + memberId + " is not a member of group "
                        + turn.group().id() + ".");
    }

    /** Fences a member whose epoch is not the group's; the one before is good if just the answer has been lost. */
    private static StreamsMember checked(
            StreamsTurn turn, StreamsGroupHeartbeatRequestData request, @Nullable Tasks owned) {
        StreamsMember member = require(turn, request.memberId());
        CurrentTasks current = member.current();
        int received = request.memberEpoch();
        if (received > current.epoch()) throw fenced("greater", received, current.epoch());
        boolean mayHaveLostAnAnswer =
                received == current.previousEpoch() && owned != null && owned.areAllOf(current.assigned());
        if (received < current.epoch() && !mayHaveLostAnAnswer) throw fenced("smaller", received, current.epoch());
        return member;
    }

    private static AnswerException fenced(String comparison, int received, int known) {
        return new AnswerException(
                Errors.FENCED_MEMBER_EPOCH,
                "The streams group member has a " + comparison + " member epoch (" + received
                        + ") than the one known by the group coordinator (" + known
                        + "). The member must abandon all its partitions and rejoin.");
    }

    // ---- a member that goes ----

    /** @throws AnswerException if there is no such member */
    Outcome leave(Group group, StreamsGroupHeartbeatRequestData request) {
        StreamsGroup streams = streamsOf(group);
        StreamsMember member = require(context.turn(group, streams), request.memberId());
        LOG.info("A member leaves: group={}, member={}, protocol=streams", group.id(), member.id());
        if (request.shutdownApplication()) streams.requestShutdown(member.id());
        var response =
                new StreamsGroupHeartbeatResponseData().setMemberId(member.id()).setMemberEpoch(request.memberEpoch());
        return new Outcome(response, fencing.fence(group, streams, member), Map.of());
    }
}
