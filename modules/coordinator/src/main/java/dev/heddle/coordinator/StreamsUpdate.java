package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.ConfiguredTopology.ConfiguredSubtopology;
import dev.heddle.coordinator.streams.CurrentTasks;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsMemberState;
import dev.heddle.coordinator.streams.StreamsRecord;
import dev.heddle.coordinator.streams.TaskReconciliation;
import dev.heddle.coordinator.streams.Tasks;
import dev.heddle.coordinator.streams.Topology;
import dev.heddle.coordinator.streams.TopologyConfiguration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What it does to a streams group that a member speaks: its profile and the topology are written down if they are new, the
 * topics are looked at if they have changed, the group's epoch rises if the group is to be assigned anew, the target
 * assignment is computed if it is behind the epoch, and the member takes its next step towards it. One thread calls the
 * methods in this order, under the group's lock.
 */
final class StreamsUpdate {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsUpdate.class);

    private static final int NOT_VALIDATED = -1;

    private final StreamsContext context;
    private final StreamsTurn turn;
    private final StreamsData data;
    private final StreamsMember before;
    private final StreamsMember after;
    private final StreamsAssignment assignment;
    private boolean isToBeAssigned;
    private long metadataHash;
    private @Nullable ConfiguredTopology configured;

    /** @param before the member as the group knows it, {@code after} as it says it is */
    StreamsUpdate(StreamsContext context, StreamsTurn turn, StreamsMember before, StreamsMember after) {
        this.context = context;
        this.turn = turn;
        this.data = turn.data();
        this.before = before;
        this.after = after;
        this.assignment = new StreamsAssignment(context, turn, after);
        this.metadataHash = data.metadataHash();
        this.configured = turn.streams().topology();
    }

    private String groupId() {
        return turn.group().id();
    }

    // ---- who it is, and what it runs ----

    void recordProfile() {
        if (after.equals(before)) return;
        turn.add(new StreamsRecord.Member(after.id(), after.profile()));
        isToBeAssigned = true;
    }

    /**
     * Takes the topology over that the member runs, if it is the first to say.
     *
     * @param topology null if it does not say
     * @return the group's topology
     * @throws AnswerException INVALID_REQUEST if it is another one than the group's
     */
    Topology agreeOn(@Nullable Topology topology) {
        Topology known = data.topology();
        if (known == null) {
            if (topology == null) throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
            turn.add(new StreamsRecord.OfTopology(topology));
            return topology;
        }
        if (topology != null && known.epoch() <= topology.epoch() && !known.equals(topology)) {
            throw new AnswerException(Errors.INVALID_REQUEST, "Topology updates are not supported yet.");
        }
        return known;
    }

    // ---- topics ----

    /** Looks at the topics that the topology needs, if they may have changed. */
    ConfiguredTopology configure(Topology topology) {
        long version = turn.catalog().version();
        boolean isFirst = data.topology() == null;
        boolean haveChanged = turn.streams().topicsVersion() < context.changes().lastChange();
        ConfiguredTopology found = configured;
        if (isFirst || found == null || haveChanged) {
            metadataHash = MetadataHash.of(topology.requiredTopics(), turn.catalog());
            boolean areOthers = metadataHash != data.metadataHash();
            if (areOthers) isToBeAssigned = true;
            if (isFirst || areOthers || found == null) found = TopologyConfiguration.of(topology, turn.catalog());
            ConfiguredTopology result = found;
            turn.afterwards(() -> turn.streams().lookedAtTopics(version, result));
        }
        configured = found;
        return found;
    }

    /** @throws AnswerException INVALID_REQUEST if the member says it has tasks that the topology does not have */
    void requireKnown(Tasks owned) {
        ConfiguredTopology topology = Objects.requireNonNull(configured);
        if (!topology.isReady() || topology.subtopologies() == null) return;
        requireKnown(owned.active(), topology.subtopologies());
        requireKnown(owned.standby(), topology.subtopologies());
        requireKnown(owned.warmup(), topology.subtopologies());
    }

    private static void requireKnown(
            Map<String, Set<Integer>> tasks, SortedMap<String, ConfiguredSubtopology> subtopologies) {
        tasks.forEach((id, partitions) -> {
            ConfiguredSubtopology subtopology = subtopologies.get(id);
            if (subtopology == null) {
                throw new AnswerException(
                        Errors.INVALID_REQUEST, "Subtopology " + id + " does not exist in the topology.");
            }
            for (int partition : partitions) {
                if (partition >= 0 && partition < subtopology.tasks()) continue;
                throw new AnswerException(
                        Errors.INVALID_REQUEST,
                        "Task " + partition + " for subtopology " + id + " is invalid. Number of tasks for this"
                                + " subtopology: " + subtopology.tasks());
            }
        });
    }

    // ---- the group's assignment ----

    /** Raises the epoch if the group is to be assigned anew, and computes the target assignment if it is behind. */
    void assign() {
        ConfiguredTopology topology = Objects.requireNonNull(configured);
        int validatedEpoch = topology.isReady() ? topology.epoch() : NOT_VALIDATED;
        Map<String, String> configs = StreamsAssignment.configs(context, groupId());
        if (validatedEpoch != data.validatedTopologyEpoch() || !configs.equals(data.assignmentConfigs())) {
            isToBeAssigned = true;
        }
        int groupEpoch = data.epoch();
        if (isToBeAssigned) {
            groupEpoch++;
            turn.add(new StreamsRecord.Epoch(groupEpoch, metadataHash, validatedEpoch, configs));
            turn.afterwards(context.metrics()::streamsGroupRebalanced);
            LOG.info("A group is to be assigned anew: group={}, epoch={}", groupId(), groupEpoch);
        }
        if (waitsForMembers()) assignment.postpone();
        else assignment.compute(groupEpoch, configs, topology);
    }

    /** Whether the first assignment waits for further members; it begins to when the first one comes. */
    private boolean waitsForMembers() {
        StreamsGroup streams = turn.streams();
        if (streams.firstAssignment() != Deadlines.NEVER) return true;
        int delayMs = context.settings().initialRebalanceDelayMs(groupId());
        if (!streams.isEmpty() || delayMs <= 0) return false;
        turn.afterwards(() -> {
            streams.setFirstAssignment(context.time().deadlineAfterMs(delayMs));
            turn.group().timers().visitBy(streams.firstAssignment());
        });
        return true;
    }

    /** Why nothing was assigned that should be; null if nothing should. */
    @Nullable String delay() {
        return assignment.delay();
    }

    // ---- the member's own assignment ----

    /**
     * Takes the member's next step.
     *
     * @param owned tasks that it says it has; null if it has not said
     * @return the member as it is then
     */
    StreamsMember reconcile(@Nullable Tasks owned) {
        CurrentTasks current = after.current();
        if (current.isReconciledTo(assignment.epoch())) return after;
        var goal = new TaskReconciliation.Goal(
                assignment.epoch(), assignment.target(), owned, after.profile().processId(), data.owners());
        CurrentTasks next = TaskReconciliation.next(current, goal);
        if (next.equals(current)) return after;
        turn.add(new StreamsRecord.Current(after.id(), next));
        turn.afterwards(() -> watchRevocation(next));
        return after.with(next);
    }

    private void watchRevocation(CurrentTasks current) {
        MemberDeadlines deadlines = turn.streams().deadlines().of(after.id());
        if (current.state() == StreamsMemberState.UNREVOKED_TASKS) {
            deadlines.revocationEpoch = current.epoch();
            deadlines.revocation =
                    context.time().deadlineAfterMs(after.profile().rebalanceTimeoutMs());
            turn.group().timers().visitBy(deadlines.revocation);
        } else {
            deadlines.revocation = Deadlines.NEVER;
        }
    }
}
