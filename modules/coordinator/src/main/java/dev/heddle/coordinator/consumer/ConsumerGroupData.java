package dev.heddle.coordinator.consumer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of a consumer group. It changes by {@linkplain #apply applying} records and in no other way, when
 * they are read back as when they have just been written. Used under the group's lock.
 */
public final class ConsumerGroupData {

    private final Map<String, ConsumerMember> members = new HashMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final Map<String, Integer> assignorVotes = new HashMap<>();
    private final Map<String, Integer> classicSupporters = new HashMap<>();
    private final Map<String, ResolvedRegex> resolvedRegexes = new HashMap<>();
    private final SubscribedTopics subscriptions = new SubscribedTopics();
    private final TargetAssignments targets = new TargetAssignments();
    private final PartitionEpochs partitionEpochs = new PartitionEpochs();
    private ConsumerGroupRecord.TargetEpoch targetEpoch = new ConsumerGroupRecord.TargetEpoch(0, 0);
    private int epoch = 1;
    private long metadataHash;
    private int classicMembers;
    private boolean hasPartitionMetadata;

    // ---- the group ----

    public int epoch() {
        return epoch;
    }

    public long metadataHash() {
        return metadataHash;
    }

    /** The epoch of the target assignment. */
    public int assignmentEpoch() {
        return targetEpoch.epoch();
    }

    /** When the target assignment was computed, in milliseconds since the epoch; 0 is not known. */
    public long assignmentTimestampMs() {
        return targetEpoch.timestampMs();
    }

    /** Whether the log holds topics and partitions in the manner of brokers before 4.1. */
    public boolean hasPartitionMetadata() {
        return hasPartitionMetadata;
    }

    public SubscribedTopics subscriptions() {
        return subscriptions;
    }

    public TargetAssignments targets() {
        return targets;
    }

    public Map<String, ResolvedRegex> resolvedRegexes() {
        return Collections.unmodifiableMap(resolvedRegexes);
    }

    public ConsumerGroupState state() {
        if (members.isEmpty()) return ConsumerGroupState.EMPTY;
        if (epoch > assignmentEpoch()) return ConsumerGroupState.ASSIGNING;
        for (ConsumerMember member : members.values()) {
            if (!member.current().isReconciledTo(assignmentEpoch())) return ConsumerGroupState.RECONCILING;
        }
        return ConsumerGroupState.STABLE;
    }

    // ---- its members ----

    public int size() {
        return members.size();
    }

    public Collection<ConsumerMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public @Nullable ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    public boolean hasMember(String memberId) {
        return members.containsKey(memberId);
    }

    /** The static member of the instance; null if there is none, or {@code instanceId} is null. */
    public @Nullable ConsumerMember staticMember(@Nullable String instanceId) {
        String memberId = memberIdsByInstance.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    public int classicMembers() {
        return classicMembers;
    }

    /** How many of the members of the classic protocol support this protocol. */
    public int classicSupportersOf(String protocol) {
        return classicSupporters.getOrDefault(protocol, 0);
    }

    /** Whether a member has the partition, or has still to give it up. */
    public boolean isOwned(Uuid topic, int partition) {
        return partitionEpochs.isOwned(topic, partition);
    }

    /** The server-side assignor that most members prefer; null if none prefers any. */
    public @Nullable String preferredAssignor() {
        return mostVotes(assignorVotes);
    }

    /** The same, as it will be when {@code before} has become {@code after}. */
    public @Nullable String preferredAssignor(
            MemberProfile.@Nullable Subscription before, MemberProfile.Subscription after) {
        Map<String, Integer> votes = new HashMap<>(assignorVotes);
        if (before != null) count(votes, before.assignor(), -1);
        count(votes, after.assignor(), 1);
        return mostVotes(votes);
    }

    private static @Nullable String mostVotes(Map<String, Integer> votes) {
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    private static void count(Map<String, Integer> counts, @Nullable String key, int change) {
        if (key != null) counts.merge(key, change, (count, by) -> count + by <= 0 ? null : count + by);
    }

    // ---- changes ----

    /** Takes over what a record says. */
    public void apply(ConsumerGroupRecord record) {
        switch (record) {
            case ConsumerGroupRecord.Epoch now -> {
                epoch = now.epoch();
                metadataHash = now.metadataHash();
            }
            case ConsumerGroupRecord.Deleted deleted -> {}
            case ConsumerGroupRecord.PartitionMetadata metadata -> hasPartitionMetadata = metadata.isThere();
            case ConsumerGroupRecord.Member member -> apply(member);
            case ConsumerGroupRecord.TargetEpoch target -> targetEpoch = target;
            case ConsumerGroupRecord.Target target -> apply(target);
            case ConsumerGroupRecord.Current current -> apply(current);
            case ConsumerGroupRecord.Regex regex -> apply(regex);
        }
    }

    private void apply(ConsumerGroupRecord.Member record) {
        ConsumerMember before = members.get(record.memberId());
        MemberProfile profile = record.profile();
        if (profile != null) {
            replace(before, orJoining(before, record.memberId()).with(profile));
        } else if (before != null) {
            replace(before, null);
        }
    }

    private void apply(ConsumerGroupRecord.Target record) {
        if (record.partitions() == null) targets.remove(record.memberId());
        else targets.put(record.memberId(), record.partitions());
    }

    private void apply(ConsumerGroupRecord.Current record) {
        ConsumerMember before = members.get(record.memberId());
        CurrentAssignment assignment = record.assignment();
        if (assignment != null) {
            replace(before, orJoining(before, record.memberId()).with(assignment));
        } else if (before != null) {
            replace(before, before.with(CurrentAssignment.GONE));
        }
    }

    private static ConsumerMember orJoining(@Nullable ConsumerMember member, String memberId) {
        return member != null ? member : ConsumerMember.joining(memberId);
    }

    private void apply(ConsumerGroupRecord.Regex record) {
        ResolvedRegex before = resolvedRegexes.remove(record.regex());
        ResolvedRegex after = record.resolved();
        if (after != null) resolvedRegexes.put(record.regex(), after);
        subscriptions.replaceResolved(topics(before), topics(after));
    }

    private static Set<String> topics(@Nullable ResolvedRegex resolved) {
        return resolved == null ? Set.of() : resolved.topics();
    }

    private void replace(@Nullable ConsumerMember before, @Nullable ConsumerMember after) {
        if (before != null) forget(before);
        if (after != null) remember(after);
        subscriptions.replace(subscription(before), subscription(after));
    }

    private static MemberProfile.@Nullable Subscription subscription(@Nullable ConsumerMember member) {
        return member == null ? null : member.subscription();
    }

    private void forget(ConsumerMember member) {
        members.remove(member.id());
        if (member.instanceId() != null) memberIdsByInstance.remove(member.instanceId(), member.id());
        partitionEpochs.remove(member.current());
        countVotes(member, -1);
    }

    private void remember(ConsumerMember member) {
        members.put(member.id(), member);
        if (member.instanceId() != null) memberIdsByInstance.put(member.instanceId(), member.id());
        partitionEpochs.add(member.current());
        countVotes(member, 1);
    }

    private void countVotes(ConsumerMember member, int change) {
        count(assignorVotes, member.subscription().assignor(), change);
        MemberProfile.ClassicTerms classic = member.classic();
        if (classic == null) return;
        classicMembers += change;
        for (ClassicProtocol protocol : classic.protocols()) count(classicSupporters, protocol.name(), change);
    }

    // ---- as records ----

    /** What says all of it, for a group that begins. */
    public List<ConsumerGroupRecord> toRecords() {
        List<ConsumerGroupRecord> records = new ArrayList<>();
        for (ConsumerMember member : members.values()) {
            records.add(new ConsumerGroupRecord.Member(member.id(), member.profile()));
        }
        records.add(new ConsumerGroupRecord.Epoch(epoch, metadataHash));
        for (String memberId : members.keySet()) {
            records.add(new ConsumerGroupRecord.Target(memberId, targets.of(memberId)));
        }
        records.add(targetEpoch);
        for (ConsumerMember member : members.values()) {
            records.add(new ConsumerGroupRecord.Current(member.id(), member.current()));
        }
        return records;
    }

    /**
     * What takes all of it back.
     *
     * @param replacements members, by id, whose place another has taken in records that come before these
     */
    public List<ConsumerGroupRecord> toTombstones(Map<String, String> replacements) {
        List<String> ids = members.keySet().stream()
                .map(id -> Objects.requireNonNull(replacements.getOrDefault(id, id)))
                .toList();
        List<ConsumerGroupRecord> records = new ArrayList<>();
        for (String id : ids) records.add(new ConsumerGroupRecord.Current(id, null));
        for (String id : ids) records.add(new ConsumerGroupRecord.Target(id, null));
        records.add(ConsumerGroupRecord.TargetEpoch.NONE);
        for (String id : ids) records.add(new ConsumerGroupRecord.Member(id, null));
        for (String regex : resolvedRegexes.keySet()) records.add(new ConsumerGroupRecord.Regex(regex, null));
        records.add(new ConsumerGroupRecord.PartitionMetadata(false));
        records.add(new ConsumerGroupRecord.Deleted());
        return records;
    }
}
