package dev.heddle.coordinator.share;

import dev.heddle.coordinator.consumer.MemberProfile.Subscription;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of a share group. It changes by {@linkplain #apply applying} records and in no other way, when they
 * are read back as when they have just been written. Used under the group's lock.
 */
public final class ShareGroupData {

    private final Map<String, ShareMember> members = new HashMap<>();
    private final Map<String, Map<Uuid, Set<Integer>>> targets = new HashMap<>();
    private final SubscribedTopics subscriptions = new SubscribedTopics();
    private ShareGroupRecord.TargetEpoch targetEpoch = ShareGroupRecord.TargetEpoch.INITIAL;
    private StatePartitions states = StatePartitions.NONE;
    private int epoch = 1;
    private long metadataHash;

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

    public SubscribedTopics subscriptions() {
        return subscriptions;
    }

    /** Of which partitions the group's state is kept. */
    public StatePartitions states() {
        return states;
    }

    /** What each member is to have; not to be changed. */
    public Map<String, Map<Uuid, Set<Integer>>> targets() {
        return Collections.unmodifiableMap(targets);
    }

    public Map<Uuid, Set<Integer>> targetOf(String memberId) {
        return targets.getOrDefault(memberId, Map.of());
    }

    public int size() {
        return members.size();
    }

    public Collection<ShareMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    public @Nullable ShareMember member(String memberId) {
        return members.get(memberId);
    }

    /** What a subscription to these topics counts as. */
    public static Subscription subscription(ShareMember.Profile profile) {
        return new Subscription(profile.topics(), "", null);
    }

    // ---- changes ----

    /** Takes over what a record says. */
    public void apply(ShareGroupRecord record) {
        switch (record) {
            case ShareGroupRecord.Epoch now -> {
                epoch = now.epoch();
                metadataHash = now.metadataHash();
            }
            case ShareGroupRecord.Deleted deleted -> {}
            case ShareGroupRecord.Member member -> apply(member);
            case ShareGroupRecord.TargetEpoch target -> targetEpoch = target;
            case ShareGroupRecord.Target target -> apply(target);
            case ShareGroupRecord.Current current -> apply(current);
            case ShareGroupRecord.States now ->
                states = now.partitions() == null ? StatePartitions.NONE : now.partitions();
        }
    }

    private void apply(ShareGroupRecord.Member record) {
        ShareMember before = members.get(record.memberId());
        ShareMember.Profile profile = record.profile();
        if (before != null) subscriptions.replace(subscription(before.profile()), null);
        if (profile == null) {
            members.remove(record.memberId());
        } else {
            members.put(record.memberId(), orJoining(before, record.memberId()).with(profile));
            subscriptions.replace(null, subscription(profile));
        }
    }

    private void apply(ShareGroupRecord.Target record) {
        if (record.partitions() == null) targets.remove(record.memberId());
        else targets.put(record.memberId(), record.partitions());
    }

    private void apply(ShareGroupRecord.Current record) {
        ShareMember before = members.get(record.memberId());
        ShareMember.Current assignment = record.assignment();
        if (assignment != null) {
            members.put(record.memberId(), orJoining(before, record.memberId()).with(assignment));
        } else if (before != null) {
            members.put(record.memberId(), before.with(ShareMember.Current.GONE));
        }
    }

    private static ShareMember orJoining(@Nullable ShareMember member, String memberId) {
        return member != null ? member : ShareMember.joining(memberId);
    }

    /** What takes all of it back. */
    public List<ShareGroupRecord> toTombstones() {
        List<ShareGroupRecord> records = new ArrayList<>();
        for (String id : members.keySet()) records.add(new ShareGroupRecord.Current(id, null));
        for (String id : members.keySet()) records.add(new ShareGroupRecord.Target(id, null));
        records.add(ShareGroupRecord.TargetEpoch.NONE);
        for (String id : members.keySet()) records.add(new ShareGroupRecord.Member(id, null));
        records.add(new ShareGroupRecord.States(null, Map.of()));
        records.add(new ShareGroupRecord.Deleted());
        return records;
    }
}
