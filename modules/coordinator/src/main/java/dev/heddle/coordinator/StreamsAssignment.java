package dev.heddle.coordinator;

import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsRecord;
import dev.heddle.coordinator.streams.TargetTasks;
import dev.heddle.coordinator.streams.Tasks;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target assignment of a streams group in one turn of it: as it is, or computed if it is behind the group's epoch. One
 * thread uses it, under the group's lock.
 */
final class StreamsAssignment {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsAssignment.class);

    private static final String STANDBYS = "num.standby.replicas";

    private final StreamsContext context;
    private final StreamsTurn turn;
    private final StreamsData data;
    private final @Nullable StreamsMember member;
    private int epoch;
    private Tasks target;
    private @Nullable String delay;

    /** @param member who speaks, as it will be; null if nobody does */
    StreamsAssignment(StreamsContext context, StreamsTurn turn, @Nullable StreamsMember member) {
        this.context = context;
        this.turn = turn;
        this.data = turn.data();
        this.member = member;
        this.epoch = data.assignmentEpoch();
        this.target = member == null ? Tasks.NONE : data.target(member.id());
    }

    /** What an assignor is to be told for the group, by key. */
    static Map<String, String> configs(StreamsContext context, String groupId) {
        return Map.of(STANDBYS, Integer.toString(context.settings().standbyReplicas(groupId)));
    }

    /** Nothing is assigned as long as the first assignment waits for further members. */
    void postpone() {
        target = Tasks.NONE;
        delay = "Assignment delayed due to the configured initial rebalance delay.";
    }

    /** Computes it, if it is behind {@code groupEpoch}, and the last one was long enough ago. */
    void compute(int groupEpoch, Map<String, String> configs, @Nullable ConfiguredTopology topology) {
        if (epoch >= groupEpoch || topology == null) return;
        if (!mayCompute()) {
            delay = "Assignment delayed due to the configured assignment interval.";
            return;
        }
        int standbys = Integer.parseInt(configs.getOrDefault(STANDBYS, "0"));
        for (StreamsRecord.Target change : TargetTasks.compute(data, member, topology, standbys)) {
            turn.add(change);
            boolean isTheMembers = member != null && change.memberId().equals(member.id());
            if (isTheMembers && change.tasks() != null) target = change.tasks();
        }
        turn.add(new StreamsRecord.TargetEpoch(groupEpoch, turn.nowMs()));
        epoch = groupEpoch;
        LOG.info(
                "A target assignment is computed: group={}, epoch={}",
                turn.group().id(),
                groupEpoch);
    }

    private boolean mayCompute() {
        long lastMs = data.assignmentTimestampMs();
        int intervalMs = context.settings().assignmentIntervalMs(turn.group().id());
        return lastMs == 0 || intervalMs == 0 || turn.nowMs() >= lastMs + intervalMs;
    }

    /** The epoch of the target assignment. */
    int epoch() {
        return epoch;
    }

    /** What the member is to have. */
    Tasks target() {
        return target;
    }

    /** Why nothing was assigned that should be; null if nothing should. */
    @Nullable String delay() {
        return delay;
    }
}
