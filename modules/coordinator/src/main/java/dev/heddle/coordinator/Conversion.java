package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerGroupRecords;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.MemberProfile.ClassicTerms;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns classic groups into consumer groups and back, with members in them: a classic group becomes a consumer group
 * when the first member of the consumer protocol joins, and classic again when the last one goes. Every method needs the
 * group's lock.
 */
final class Conversion {

    private static final Logger LOG = LoggerFactory.getLogger(Conversion.class);

    private final ConsumerContext context;
    private final Rebalancing rebalancing;

    Conversion(ConsumerContext context, Rebalancing rebalancing) {
        this.context = context;
        this.rebalancing = rebalancing;
    }

    // ---- to the consumer protocol ----

    /**
     * Begins a turn in which a member of the consumer protocol joins, whatever the group is.
     *
     * @throws AnswerException if the group cannot become a consumer group
     */
    ConsumerTurn turnForJoining(Group group) {
        return switch (group.membership()) {
            case ConsumerGroup consumer -> turn(group, consumer);
            case ClassicGroup classic -> classic.isEmpty() ? replaceEmpty(group) : upgrade(group, classic);
            case ShareGroup share -> throw Members.notAConsumerGroup(group.id());
            case StreamsGroup streams -> throw Members.notAConsumerGroup(group.id());
        };
    }

    private ConsumerTurn turn(Group group, ConsumerGroup consumer) {
        return new ConsumerTurn(
                group, consumer, context.topics().catalog(), context.time().milliseconds());
    }

    private ConsumerTurn replaceEmpty(Group group) {
        ConsumerTurn turn = turn(group, new ConsumerGroup());
        if (group.isPersisted()) turn.precede(GroupRecords.groupTombstone(group.id(), turn.nowMs()));
        return turn;
    }

    private ConsumerTurn upgrade(Group group, ClassicGroup classic) {
        requireUpgradable(group.id(), classic);
        var data = UpgradedGroup.of(group.id(), classic, context.topics().catalog());
        ConsumerTurn turn = turn(group, new ConsumerGroup(data));
        turn.precede(GroupRecords.groupTombstone(group.id(), turn.nowMs()));
        data.toRecords().forEach(turn::precede);
        turn.afterwards(() -> takeOver(turn, classic));
        return turn;
    }

    private void requireUpgradable(String groupId, ClassicGroup classic) {
        String reason = null;
        if (!context.config().consumer().migrationPolicy().mayUpgrade()) {
            reason = "online upgrade is disabled";
        } else if (!classic.usesConsumerProtocol()) {
            reason = "the group does not use the consumer embedded protocol";
        } else if (classic.size() > context.config().consumer().maxSize()) {
            reason = "the group size exceeds the consumer group maximum size";
        }
        if (reason == null) return;
        LOG.info("A classic group cannot become a consumer group: group={}, reason={}", groupId, reason);
        throw new AnswerException(
                Errors.GROUP_ID_NOT_FOUND,
                "Cannot upgrade classic group " + groupId + " to consumer group because " + reason + ".");
    }

    private void takeOver(ConsumerTurn turn, ClassicGroup classic) {
        Group group = turn.group();
        for (Member member : classic.members()) {
            classic.answerJoin(member, JoinResponses.error(member.id(), Errors.REBALANCE_IN_PROGRESS));
            classic.answerSync(member, SyncResponses.error(Errors.REBALANCE_IN_PROGRESS));
            Members.renewSession(context, turn, member.id(), member.sessionTimeoutMs());
        }
        group.timers().stopJoin();
        group.timers().stopSync();
        LOG.info("A classic group has become a consumer group: group={}, members={}", group.id(), classic.size());
    }

    // ---- to the classic protocol ----

    /** An empty group of another protocol becomes an empty classic one. */
    void replaceEmpty(Group group, Membership other) {
        long nowMs = context.time().milliseconds();
        var classic = new ClassicGroup(nowMs);
        List<SimpleRecord> records = new ArrayList<>(other.toTombstones(group.id(), nowMs));
        records.add(GroupRecords.newGroup(group.id(), classic, nowMs));
        group.partition().append(group, records);
        group.setMembership(classic);
        LOG.info("An empty {} group has become a classic group: group={}", other.type(), group.id());
    }

    /** Whether, once they have gone, only members of the classic protocol are left, and may stay on their own. */
    boolean becomesClassicWithout(Group group, ConsumerGroupData data, Collection<ConsumerMember> leaving) {
        int leavingClassic = (int)
                leaving.stream().filter(ConsumerMember::usesClassicProtocol).count();
        int left = data.size() - leaving.size();
        return left > 0 && data.classicMembers() - leavingClassic == left && mayBeClassic(group.id(), left);
    }

    /** Whether, once another member has taken its place, only members of the classic protocol are left. */
    boolean becomesClassicReplacing(Group group, ConsumerGroupData data, ConsumerMember replaced) {
        return data.classicMembers() == data.size() - 1
                && !replaced.usesClassicProtocol()
                && mayBeClassic(group.id(), data.size());
    }

    private boolean mayBeClassic(String groupId, int size) {
        boolean isAllowed = context.config().consumer().migrationPolicy().mayDowngrade();
        int maxSize = context.config().classic().maxSize();
        if (isAllowed && size <= maxSize) return true;
        LOG.info(
                "A consumer group of classic members stays one: group={}, members={}, allowed={}, max={}",
                groupId,
                size,
                isAllowed,
                maxSize);
        return false;
    }

    /** The members go, and the group becomes a classic one, which rebalances. */
    long downgradeWithout(Group group, ConsumerGroup consumer, Collection<ConsumerMember> leaving) {
        Set<ConsumerMember> gone = new HashSet<>(leaving);
        var classic = new ClassicGroup(context.time().milliseconds());
        var staying = consumer.data().members().stream()
                .filter(member -> !gone.contains(member))
                .toList();
        adopt(classic, consumer, staying, null);
        return downgrade(group, consumer, classic, new ArrayList<>(), Map.of(), "the last consumer member has left");
    }

    /**
     * A static member of the classic protocol takes the place of the last one of the consumer protocol, and the group
     * becomes a classic one.
     *
     * @param turn what has been decided about the member, not written yet
     * @param rebalanceReason null if it need not rebalance
     */
    long downgradeReplacing(
            ConsumerTurn turn, ConsumerMember replaced, ConsumerMember successor, @Nullable String rebalanceReason) {
        ConsumerGroup consumer = turn.consumer();
        var classic = new ClassicGroup(turn.nowMs());
        List<ConsumerMember> staying = new ArrayList<>(consumer.data().members());
        staying.remove(replaced);
        staying.add(successor);
        adopt(classic, consumer, staying, new Replacement(replaced.id(), successor.id()));
        Map<String, String> replacements = Map.of(replaced.id(), successor.id());
        return downgrade(turn.group(), consumer, classic, turn.encoded(), replacements, rebalanceReason);
    }

    private record Replacement(String replacedId, String successorId) {}

    private void adopt(
            ClassicGroup classic,
            ConsumerGroup consumer,
            Collection<ConsumerMember> staying,
            @Nullable Replacement replacement) {
        ConsumerGroupData data = consumer.data();
        classic.restore(data.epoch(), ClassicGroup.CONSUMER_PROTOCOL, null, GroupState.STABLE);
        for (ConsumerMember member : staying) {
            classic.add(classicMember(member), ClassicGroup.CONSUMER_PROTOCOL, null);
        }
        classic.agreeOnProtocol();
        var catalog = context.topics().catalog();
        for (Member member : classic.members()) {
            boolean isSuccessor =
                    replacement != null && replacement.successorId().equals(member.id());
            String targetOf = isSuccessor ? replacement.replacedId() : member.id();
            member.setAssignment(
                    EmbeddedProtocol.assignment(data.targets().of(targetOf), catalog, classic.metadataOf(member)));
        }
    }

    private static Member classicMember(ConsumerMember member) {
        var origin = member.profile().origin();
        ClassicTerms classic = Objects.requireNonNull(member.classic());
        var protocols = classic.protocols().stream()
                .map(protocol -> new MemberProtocol(protocol.name(), protocol.metadata()))
                .toList();
        return new Member(
                new Member.Identity(member.id(), origin.instanceId(), origin.clientId(), origin.clientHost()),
                new Member.Terms(member.profile().rebalanceTimeoutMs(), classic.sessionTimeoutMs(), protocols),
                Member.NO_ASSIGNMENT);
    }

    private long downgrade(
            Group group,
            ConsumerGroup consumer,
            ClassicGroup classic,
            List<SimpleRecord> records,
            Map<String, String> replacements,
            @Nullable String rebalanceReason) {
        long nowMs = context.time().milliseconds();
        records.addAll(encoded(group, consumer.data().toTombstones(replacements), nowMs));
        records.add(GroupRecords.groupAsIs(group.id(), classic, nowMs));
        group.partition().appendInBatches(group, records);
        consumer.markDead(nowMs);
        group.setMembership(classic);
        classic.members().forEach(group.timers()::renewSession);
        LOG.info("A consumer group has become a classic group: group={}, members={}", group.id(), classic.size());
        if (rebalanceReason != null) rebalancing.begin(group, rebalanceReason);
        return group.lastEndOffset();
    }

    private static List<SimpleRecord> encoded(Group group, List<ConsumerGroupRecord> records, long nowMs) {
        List<SimpleRecord> encoded = new ArrayList<>(records.size() + 1);
        for (ConsumerGroupRecord record : records) {
            encoded.add(ConsumerGroupRecords.encode(group.id(), record, nowMs));
        }
        return encoded;
    }
}
