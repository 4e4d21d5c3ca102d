package dev.heddle.coordinator.streams;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of a streams group. It changes by {@linkplain #apply applying} records and in no other way, when they
 * are read back as when they have just been written. Used under the group's lock.
 */
public final class StreamsData {

    private final Map<String, StreamsMember> members = new HashMap<>();
    private final Map<String, Tasks> targets = new HashMap<>();
    private final TaskOwners owners = new TaskOwners();
    private StreamsRecord.Epoch epoch = new StreamsRecord.Epoch(1, 0, 0, Map.of());
    private StreamsRecord.TargetEpoch targetEpoch = StreamsRecord.TargetEpoch.INITIAL;
    private @Nullable Topology topology;

    // ---- the group ----

    public int epoch() {
        return epoch.epoch();
    }

    public long metadataHash() {
        return epoch.metadataHash();
    }

    /** The epoch of the topology whose topics were last found as they must be; -1 if they are not. */
    public int validatedTopologyEpoch() {
        return epoch.validatedTopologyEpoch();
    }

    /** What the assignor was last told, by key. */
    public Map<String, String> assignmentConfigs() {
        return epoch.assignmentConfigs();
    }

    /** The same with the next epoch. */
    public StreamsRecord.Epoch nextEpoch() {
        return new StreamsRecord.Epoch(
                epoch.epoch() + 1, epoch.metadataHash(), epoch.validatedTopologyEpoch(), epoch.assignmentConfigs());
    }

    /** The epoch of the target assignment. */
    public int assignmentEpoch() {
        return targetEpoch.epoch();
    }

    /** When the target assignment was computed, in milliseconds since the epoch; 0 is not known. */
    public long assignmentTimestampMs() {
        return targetEpoch.timestampMs();
    }

    /** What the application does; null before the first member has said. */
    public @Nullable Topology topology() {
        return topology;
    }

    /** What the member is to have. */
    public Tasks target(String memberId) {
        return targets.getOrDefault(memberId, Tasks.NONE);
    }

    boolean hasTarget(String memberId) {
        return targets.containsKey(memberId);
    }

    public TaskOwners owners() {
        return owners;
    }

    public StreamsGroupState state() {
        if (members.isEmpty()) return StreamsGroupState.EMPTY;
        if (topology == null || topology.epoch() != validatedTopologyEpoch()) return StreamsGroupState.NOT_READY;
        if (epoch() > assignmentEpoch()) return StreamsGroupState.ASSIGNING;
        for (StreamsMember member : members.values()) {
            if (!member.current().isReconciledTo(assignmentEpoch())) return StreamsGroupState.RECONCILING;
        }
        return StreamsGroupState.STABLE;
    }

    // ---- its members ----

    public int size() {
        return members.size();
    }

    public Collection<StreamsMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public @Nullable StreamsMember member(String memberId) {
        return members.get(memberId);
    }

    public boolean hasMember(String memberId) {
        return members.containsKey(memberId);
    }

    // ---- changes ----

    /** Takes over what a record says. */
    public void apply(StreamsRecord record) {
        switch (record) {
            case StreamsRecord.Epoch now -> epoch = now;
            case StreamsRecord.Deleted deleted -> {}
            case StreamsRecord.OfTopology of -> topology = of.topology();
            case StreamsRecord.Member member -> apply(member);
            case StreamsRecord.TargetEpoch target -> targetEpoch = target;
            case StreamsRecord.Target target -> apply(target);
            case StreamsRecord.Current current -> apply(current);
        }
    }

    private void apply(StreamsRecord.Member record) {
        StreamsMember before = members.get(record.memberId());
        StreamsProfile profile = record.profile();
        if (profile != null)
            replace(before, orJoining(before, record.memberId()).with(profile));
        else if (before != null) replace(before, null);
    }

    private void apply(StreamsRecord.Target record) {
        if (record.tasks() == null) targets.remove(record.memberId());
        else targets.put(record.memberId(), record.tasks());
    }

    private void apply(StreamsRecord.Current record) {
        StreamsMember before = members.get(record.memberId());
        CurrentTasks tasks = record.tasks();
        if (tasks != null) replace(before, orJoining(before, record.memberId()).with(tasks));
        else if (before != null) replace(before, before.with(CurrentTasks.GONE));
    }

    private static StreamsMember orJoining(@Nullable StreamsMember member, String memberId) {
        return member != null ? member : StreamsMember.joining(memberId);
    }

    private void replace(@Nullable StreamsMember before, @Nullable StreamsMember after) {
        if (before != null) {
            members.remove(before.id());
            owners.remove(before);
        }
        if (after != null) {
            members.put(after.id(), after);
            owners.add(after);
        }
    }

    // ---- as records ----

    /** What takes a member out of the group. */
    public static List<StreamsRecord> removal(String memberId) {
        return List.of(
                new StreamsRecord.Current(memberId, null),
                new StreamsRecord.Target(memberId, null),
                new StreamsRecord.Member(memberId, null));
    }

    /** What takes all of it back. */
    public List<StreamsRecord> toTombstones() {
        List<StreamsRecord> records = new ArrayList<>();
        for (String id : members.keySet()) records.add(new StreamsRecord.Current(id, null));
        for (String id : members.keySet()) records.add(new StreamsRecord.Target(id, null));
        records.add(StreamsRecord.TargetEpoch.NONE);
        for (String id : members.keySet()) records.add(new StreamsRecord.Member(id, null));
        records.add(new StreamsRecord.Deleted());
        records.add(new StreamsRecord.OfTopology(null));
        return records;
    }
}
