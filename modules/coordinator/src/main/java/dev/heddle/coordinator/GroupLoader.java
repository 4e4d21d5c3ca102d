package dev.heddle.coordinator;

import dev.heddle.common.Time;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.MemberState;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsMemberState;
import dev.heddle.coordinator.streams.StreamsRecord;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the groups of an offsets partition back from its log. One thread loads one partition; different ones are loaded
 * at the same time. Nobody else touches the groups before all are there.
 */
final class GroupLoader {

    private static final Logger LOG = LoggerFactory.getLogger(GroupLoader.class);

    /** What holds for groups of the newer protocols. */
    record Settings(GroupSettings consumer, ShareGroupSettings share, StreamsGroupSettings streams) {}

    private final GroupCoordinatorConfig config;
    private final Settings settings;
    private final Rebalancing rebalancing;
    private final LogReplay log;
    private final Time time;

    GroupLoader(
            GroupCoordinatorConfig config,
            Settings settings,
            Rebalancing rebalancing,
            GroupMetrics metrics,
            Time time) {
        this.config = config;
        this.settings = settings;
        this.rebalancing = rebalancing;
        this.log = new LogReplay("groups", config.offsets().loadBufferBytes(), metrics.partitionLoads(), time);
        this.time = time;
    }

    /** Loads the partition, and lets it begin to answer. */
    void load(OffsetsPartition partition) {
        var replay = new Replay(partition);
        if (!log.run(partition, replay)) {
            partition.loadFailed();
            return;
        }
        replay.tellOfForeignRecords();
        if (partition.loaded()) partition.groups().forEach(this::beginSessions);
    }

    private void beginSessions(Group group) {
        group.lock().lock();
        try {
            if (group.isRemoved()) return;
            switch (group.membership()) {
                case ClassicGroup classic -> beginSessions(group, classic);
                case ConsumerGroup consumer -> beginSessions(group, consumer);
                case ShareGroup share -> beginSessions(group, share);
                case StreamsGroup streams -> beginSessions(group, streams);
            }
        } finally {
            group.lock().unlock();
        }
    }

    private void beginSessions(Group group, ClassicGroup classic) {
        classic.members().forEach(group.timers()::renewSession);
        if (classic.size() > config.classic().maxSize() && classic.state().canRebalance()) {
            rebalancing.begin(group, "there are more members than the group may have now");
        }
    }

    private void beginSessions(Group group, ConsumerGroup consumer) {
        consumer.refreshState();
        int timeoutMs = settings.consumer().sessionTimeoutMs(group.id());
        for (ConsumerMember member : consumer.data().members()) {
            MemberDeadlines deadlines = consumer.deadlines(member.id());
            deadlines.session = time.deadlineAfterMs(timeoutMs);
            if (member.current().state() == MemberState.UNREVOKED_PARTITIONS) {
                deadlines.revocationEpoch = member.epoch();
                deadlines.revocation = time.deadlineAfterMs(member.profile().rebalanceTimeoutMs());
            }
        }
        group.timers().visitBy(consumer.deadlines().earliest());
    }

    private void beginSessions(Group group, StreamsGroup streams) {
        streams.refreshState();
        int timeoutMs = settings.streams().sessionTimeoutMs(group.id());
        for (StreamsMember member : streams.data().members()) {
            MemberDeadlines deadlines = streams.deadlines().of(member.id());
            deadlines.session = time.deadlineAfterMs(timeoutMs);
            if (member.current().state() == StreamsMemberState.UNREVOKED_TASKS) {
                deadlines.revocationEpoch = member.epoch();
                deadlines.revocation = time.deadlineAfterMs(member.profile().rebalanceTimeoutMs());
            }
        }
        group.timers().visitBy(streams.deadlines().earliest());
    }

    private void beginSessions(Group group, ShareGroup share) {
        share.refreshState();
        long deadline = time.deadlineAfterMs(settings.share().sessionTimeoutMs(group.id()));
        share.data().members().forEach(member -> share.deadlines().of(member.id()).session = deadline);
        group.timers().visitBy(share.deadlines().earliest());
    }

    /** One pass over the log of a partition. */
    private final class Replay implements LogReplay.Reader {

        private final OffsetsPartition partition;
        private final Set<Short> foreignTypes = new HashSet<>();

        Replay(OffsetsPartition partition) {
            this.partition = partition;
        }

        @Override
        public void read(RecordBatch batch, Record record) {
            if (batch.isControlBatch()) endTransaction(batch.producerId(), record);
            else replay(batch, record);
        }

        void tellOfForeignRecords() {
            if (foreignTypes.isEmpty()) return;
            LOG.info("Records of other kinds are left alone: partition={}, types={}", partition.id(), foreignTypes);
        }

        private void endTransaction(long producerId, Record marker) {
            ControlRecordType type = ControlRecordType.parse(marker.key());
            if (type != ControlRecordType.COMMIT && type != ControlRecordType.ABORT) return;
            partition
                    .endTransaction(producerId)
                    .forEach(group -> group.offsets().endTransaction(producerId, type == ControlRecordType.COMMIT));
        }

        private void replay(RecordBatch batch, Record record) {
            ByteBuffer key = record.key();
            if (key == null) return;
            switch (GroupRecords.decode(key, record.value(), record.offset())) {
                case GroupRecord.OffsetCommit commit -> replay(commit, batch.producerId(), record.offset());
                case GroupRecord.GroupMetadata metadata -> replay(metadata, record.offset());
                case GroupRecord.OfConsumerGroup of -> replay(of, record.offset());
                case GroupRecord.OfShareGroup of -> replay(of, record.offset());
                case GroupRecord.OfStreamsGroup of -> replay(of, record.offset());
                case GroupRecord.Foreign foreign -> foreignTypes.add(foreign.type());
            }
        }

        private void replay(GroupRecord.OffsetCommit commit, long producerId, long recordOffset) {
            CommittedOffset offset = commit.offset();
            if (offset == null) {
                Group group = partition.find(commit.group());
                if (group != null) group.offsets().remove(commit.topic(), commit.partition());
                return;
            }
            Group group = partition.groupForLoad(commit.group());
            group.wroteUpTo(recordOffset + 1);
            if (producerId == RecordBatch.NO_PRODUCER_ID) {
                group.offsets().put(commit.topic(), commit.partition(), offset);
            } else {
                var key = new TopicPartition(commit.topic(), commit.partition());
                group.offsets().putPending(producerId, key, offset);
                partition.beginTransaction(producerId, group);
            }
        }

        private void replay(GroupRecord.GroupMetadata metadata, long recordOffset) {
            GroupMetadataValue value = metadata.value();
            if (value == null) {
                Group group = partition.find(metadata.group());
                if (group != null && group.membership() instanceof ClassicGroup) forget(metadata.group());
                return;
            }
            Group group = partition.groupForLoad(metadata.group());
            group.wroteUpTo(recordOffset + 1);
            group.setMembership(restore(value));
        }

        private void replay(GroupRecord.OfConsumerGroup of, long recordOffset) {
            if (of.record() instanceof ConsumerGroupRecord.Deleted) {
                Group group = partition.find(of.group());
                if (group != null && group.membership() instanceof ConsumerGroup) forget(of.group());
                return;
            }
            Group group = isTombstone(of.record()) ? partition.find(of.group()) : partition.groupForLoad(of.group());
            if (group == null) return;
            group.wroteUpTo(recordOffset + 1);
            switch (group.membership()) {
                case ConsumerGroup consumer -> consumer.data().apply(of.record());
                case ClassicGroup classic -> {
                    // A group of which there were only offsets up to here, or that has become a consumer group.
                    if (isTombstone(of.record())) return;
                    var consumer = new ConsumerGroup();
                    consumer.data().apply(of.record());
                    group.setMembership(consumer);
                }
                case ShareGroup other -> {}
                case StreamsGroup other -> {}
            }
        }

        private void replay(GroupRecord.OfShareGroup of, long recordOffset) {
            ShareGroupRecord record = of.record();
            Group group = record.isTombstone() ? partition.find(of.group()) : partition.groupForLoad(of.group());
            if (group == null) return;
            group.wroteUpTo(recordOffset + 1);
            if (group.membership() instanceof ShareGroup share) {
                if (record instanceof ShareGroupRecord.Deleted) forget(of.group());
                else share.data().apply(record);
            } else if (group.membership() instanceof ClassicGroup && !record.isTombstone()) {
                var share = new ShareGroup();
                share.data().apply(record);
                group.setMembership(share);
            }
        }

        private void replay(GroupRecord.OfStreamsGroup of, long recordOffset) {
            StreamsRecord record = of.record();
            Group group = record.isTombstone() ? partition.find(of.group()) : partition.groupForLoad(of.group());
            if (group == null) return;
            group.wroteUpTo(recordOffset + 1);
            if (group.membership() instanceof StreamsGroup streams) {
                if (record instanceof StreamsRecord.Deleted) forget(of.group());
                else streams.data().apply(record);
            } else if (group.membership() instanceof ClassicGroup && !record.isTombstone()) {
                // A group of which there were only offsets up to here, or that has become a streams group.
                var streams = new StreamsGroup();
                streams.data().apply(record);
                group.setMembership(streams);
            }
        }

        /** The members are gone; offsets that are still there make it a group of a consumer on its own. */
        private void forget(String groupId) {
            Group group = partition.find(groupId);
            if (group == null) return;
            if (group.offsets().isEmpty()) partition.remove(group);
            else group.setMembership(new ClassicGroup(time.milliseconds()));
        }
    }

    private static boolean isTombstone(ConsumerGroupRecord record) {
        return switch (record) {
            case ConsumerGroupRecord.Deleted deleted -> true;
            case ConsumerGroupRecord.PartitionMetadata metadata -> !metadata.isThere();
            case ConsumerGroupRecord.Member member -> member.profile() == null;
            case ConsumerGroupRecord.Target target -> target.partitions() == null;
            case ConsumerGroupRecord.Current current -> current.assignment() == null;
            case ConsumerGroupRecord.Regex regex -> regex.resolved() == null;
            case ConsumerGroupRecord.TargetEpoch target -> target.equals(ConsumerGroupRecord.TargetEpoch.NONE);
            case ConsumerGroupRecord.Epoch epoch -> false;
        };
    }

    private static ClassicGroup restore(GroupMetadataValue value) {
        String protocolType = value.protocolType().isEmpty() ? null : value.protocolType();
        var group = new ClassicGroup(value.currentStateTimestamp());
        GroupState state = value.members().isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        group.restore(value.generation(), protocolType, value.protocol(), state);
        for (MemberMetadata member : value.members()) {
            group.add(restore(member, value.protocol()), protocolType, null);
        }
        group.restoreLeader(value.leader());
        return group;
    }

    private static Member restore(MemberMetadata saved, @Nullable String protocol) {
        var identity =
                new Member.Identity(saved.memberId(), saved.groupInstanceId(), saved.clientId(), saved.clientHost());
        // Before version 1 there was no rebalance time-out.
        int rebalanceTimeoutMs = saved.rebalanceTimeout() == -1 ? saved.sessionTimeout() : saved.rebalanceTimeout();
        List<MemberProtocol> protocols =
                protocol == null ? List.of() : List.of(new MemberProtocol(protocol, saved.subscription()));
        var terms = new Member.Terms(rebalanceTimeoutMs, saved.sessionTimeout(), protocols);
        return new Member(identity, terms, saved.assignment());
    }
}
