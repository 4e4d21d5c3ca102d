package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ClassicProtocol;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import dev.heddle.coordinator.consumer.MemberProfile;
import dev.heddle.coordinator.consumer.MemberProfile.ClassicTerms;
import dev.heddle.coordinator.consumer.MemberState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members of the classic protocol do in a consumer group: they join, sync, send heartbeats and leave as in a classic
 * group, but nobody waits for anybody. Each JoinGroup is a step towards the target assignment, each SyncGroup brings what
 * the step has led to, and a heartbeat says when the next step can be taken. Every method needs the group's lock.
 */
final class ClassicMembers {

    private static final Logger LOG = LoggerFactory.getLogger(ClassicMembers.class);

    /** What to answer to a JoinGroup, and what must be committed before. */
    record Joined(JoinGroupResponseData response, long endOffset) {}

    private final ConsumerContext context;
    private final Conversion conversion;
    private final RegexRefresh regexes;
    private final Fencing fencing;

    ClassicMembers(ConsumerContext context, Conversion conversion, RegexRefresh regexes, Fencing fencing) {
        this.context = context;
        this.conversion = conversion;
        this.regexes = regexes;
        this.fencing = fencing;
    }

    // ---- JoinGroup ----

    /** @throws AnswerException if the member is turned away */
    Joined join(Group group, ConsumerGroup consumer, CallContext ctx, JoinGroupRequestData request) {
        if (context.config().consumer().migrationPolicy() == MigrationPolicy.DISABLED) {
            throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        boolean isUnknown = request.memberId().isEmpty();
        String memberId = isUnknown ? Uuid.randomUuid().toString() : request.memberId();
        Members.requireRoom(context, consumer.data(), memberId);
        requireSupported(consumer.data(), request);
        if (JoinGroupRequest.requiresKnownMemberId(request, ctx.apiVersion())) {
            return new Joined(JoinResponses.error(memberId, Errors.MEMBER_ID_REQUIRED), group.lastEndOffset());
        }
        var turn = new ConsumerTurn(
                group, consumer, context.topics().catalog(), context.time().milliseconds());
        ConsumerProtocolSubscription subscription = subscriptionOf(request);
        ConsumerMember before = find(turn, request, memberId, isUnknown);
        var update = new MemberUpdate(
                context, turn, before, before.with(profile(before.profile(), ctx, request, subscription)));
        return join(update, request, EmbeddedProtocol.owned(subscription, turn.catalog()));
    }

    private Joined join(MemberUpdate update, JoinGroupRequestData request, Map<Uuid, Set<Integer>> owned) {
        ConsumerTurn turn = update.turn();
        ConsumerMember replaced = turn.data().staticMember(request.groupInstanceId());
        boolean topicsChanged = update.recordProfile();
        RegexRefresh.Change regex = regexes.update(update, null);
        boolean subscriptionChanged = topicsChanged || regex != RegexRefresh.Change.NONE;
        update.refreshEpoch(subscriptionChanged);
        if (replaced != null && conversion.becomesClassicReplacing(turn.group(), turn.data(), replaced)) {
            return downgrade(update, replaced, subscriptionChanged, owned);
        }
        update.computeTarget();
        ConsumerMember after = update.reconcile(subscriptionChanged, owned);
        turn.afterwards(() -> hasJoined(turn, after, request));
        long endOffset = turn.write();
        return new Joined(answer(after), endOffset);
    }

    private Joined downgrade(
            MemberUpdate update, ConsumerMember replaced, boolean subscriptionChanged, Map<Uuid, Set<Integer>> owned) {
        ConsumerTurn turn = update.turn();
        boolean isStale = turn.data().assignmentEpoch() < update.groupEpoch();
        ConsumerMember after = isStale ? update.after() : update.reconcile(subscriptionChanged, owned);
        String reason = isStale ? "the assignment of the consumer group was not up to date" : null;
        long endOffset = conversion.downgradeReplacing(turn, replaced, after, reason);
        return new Joined(answer(after), endOffset);
    }

    private void hasJoined(ConsumerTurn turn, ConsumerMember member, JoinGroupRequestData request) {
        MemberDeadlines deadlines = turn.consumer().deadlines(member.id());
        deadlines.join = Deadlines.NEVER;
        deadlines.sync = context.time().deadlineAfterMs(request.rebalanceTimeoutMs());
        turn.group().timers().visitBy(deadlines.sync);
        Members.renewSession(context, turn, member.id(), request.sessionTimeoutMs());
    }

    private static JoinGroupResponseData answer(ConsumerMember member) {
        return new JoinGroupResponseData()
                .setMemberId(member.id())
                .setGenerationId(member.epoch())
                .setProtocolType(ConsumerProtocol.PROTOCOL_TYPE)
                .setProtocolName(terms(member).preferred().name());
    }

    private static ClassicTerms terms(ConsumerMember member) {
        return Objects.requireNonNull(member.classic());
    }

    private static void requireSupported(ConsumerGroupData data, JoinGroupRequestData request) {
        boolean isSupported = ConsumerProtocol.PROTOCOL_TYPE.equals(request.protocolType())
                && request.protocols().stream()
                        .anyMatch(protocol -> data.classicSupportersOf(protocol.name()) == data.classicMembers());
        if (!isSupported) throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    private static ConsumerProtocolSubscription subscriptionOf(JoinGroupRequestData request) {
        try {
            return EmbeddedProtocol.subscription(
                    request.protocols().iterator().next().metadata());
        } catch (SchemaException e) {
            throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    private ConsumerMember find(ConsumerTurn turn, JoinGroupRequestData request, String memberId, boolean isUnknown) {
        String instanceId = request.groupInstanceId();
        if (instanceId != null) {
            return isUnknown
                    ? Members.joinStatic(turn, memberId, instanceId, true)
                    : Members.requireStatic(turn.data(), memberId, instanceId);
        }
        LOG.info(
                "A member joins: group={}, member={}, protocol=classic",
                turn.group().id(),
                memberId);
        ConsumerMember known = turn.data().member(memberId);
        return known != null ? known : ConsumerMember.joining(memberId);
    }

    private static MemberProfile profile(
            MemberProfile before,
            CallContext ctx,
            JoinGroupRequestData request,
            ConsumerProtocolSubscription subscription) {
        String rackId = UpgradedGroup.emptyAsNull(subscription.rackId());
        String instanceId = request.groupInstanceId();
        var protocols = request.protocols().stream()
                .map(protocol -> new ClassicProtocol(protocol.name(), protocol.metadata()))
                .toList();
        int timeoutMs = request.rebalanceTimeoutMs();
        return new MemberProfile(
                new MemberProfile.Origin(
                        instanceId != null ? instanceId : before.origin().instanceId(),
                        rackId != null ? rackId : before.origin().rackId(),
                        ctx.clientId(),
                        ctx.clientHost()),
                new MemberProfile.Subscription(
                        new HashSet<>(subscription.topics()),
                        "",
                        before.subscription().assignor()),
                timeoutMs == -1 ? before.rebalanceTimeoutMs() : timeoutMs,
                new ClassicTerms(request.sessionTimeoutMs(), protocols));
    }

    // ---- SyncGroup ----

    /** @throws AnswerException if the member is turned away */
    SyncGroupResponseData sync(Group group, ConsumerGroup consumer, SyncGroupRequestData request) {
        ConsumerMember member = find(group, consumer.data(), request.memberId(), request.groupInstanceId());
        requireGeneration(member, request.generationId());
        requireProtocol(member, request);
        requireNoRebalance(group, consumer, member);
        ClassicTerms terms = terms(member);
        consumer.deadlines(member.id()).sync = Deadlines.NEVER;
        Members.renewSession(context, group, consumer, member.id(), terms.sessionTimeoutMs());
        Map<Uuid, Set<Integer>> partitions = new HashMap<>();
        member.current().assigned().forEach((topic, epochs) -> partitions.put(topic, epochs.keySet()));
        return new SyncGroupResponseData()
                .setProtocolType(request.protocolType())
                .setProtocolName(request.protocolName())
                .setAssignment(EmbeddedProtocol.assignment(
                        partitions,
                        context.topics().catalog(),
                        terms.preferred().metadata()));
    }

    private static void requireProtocol(ConsumerMember member, SyncGroupRequestData request) {
        String type = request.protocolType();
        String name = request.protocolName();
        boolean isOther = type != null && !type.equals(ConsumerProtocol.PROTOCOL_TYPE)
                || name != null && !name.equals(terms(member).preferred().name());
        if (isOther) throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    private void requireNoRebalance(Group group, ConsumerGroup consumer, ConsumerMember member) {
        // A member that has still to give partitions up has joined already.
        boolean isBehind = consumer.data().assignmentEpoch() > member.epoch()
                && member.current().state() != MemberState.UNREVOKED_PARTITIONS;
        if (!isBehind) return;
        expectJoin(group, consumer, member);
        throw new AnswerException(Errors.REBALANCE_IN_PROGRESS);
    }

    private void expectJoin(Group group, ConsumerGroup consumer, ConsumerMember member) {
        MemberDeadlines deadlines = consumer.deadlines(member.id());
        if (deadlines.join != Deadlines.NEVER) return;
        deadlines.join = context.time().deadlineAfterMs(member.profile().rebalanceTimeoutMs());
        group.timers().visitBy(deadlines.join);
    }

    private static ConsumerMember find(
            Group group, ConsumerGroupData data, String memberId, @Nullable String instanceId) {
        ConsumerMember member = instanceId == null
                ? Members.require(data, group.id(), memberId)
                : Members.requireStatic(data, memberId, instanceId);
        if (member.usesClassicProtocol()) return member;
        throw new AnswerException(
                Errors.UNKNOWN_MEMBER_ID, "Member " + member.id() + " does not use the classic protocol.");
    }

    private static void requireGeneration(ConsumerMember member, int generationId) {
        if (member.epoch() != generationId) throw new AnswerException(Errors.ILLEGAL_GENERATION);
    }

    // ---- Heartbeat ----

    /** @throws AnswerException if the member is turned away */
    Errors heartbeat(Group group, ConsumerGroup consumer, HeartbeatRequestData request) {
        ConsumerGroupData data = consumer.data();
        ConsumerMember member = find(group, data, request.memberId(), request.groupInstanceId());
        requireGeneration(member, request.generationId());
        Members.renewSession(
                context, group, consumer, member.id(), terms(member).sessionTimeoutMs());
        boolean canTakeStep = member.epoch() < data.assignmentEpoch()
                || switch (member.current().state()) {
                    case UNREVOKED_PARTITIONS -> true;
                    case UNRELEASED_PARTITIONS -> !waitsForOthers(data, member);
                    case STABLE, UNKNOWN -> false;
                };
        if (!canTakeStep) return Errors.NONE;
        expectJoin(group, consumer, member);
        return Errors.REBALANCE_IN_PROGRESS;
    }

    private static boolean waitsForOthers(ConsumerGroupData data, ConsumerMember member) {
        CurrentAssignment current = member.current();
        return data.targets().of(member.id()).entrySet().stream().anyMatch(topic -> {
            Map<Integer, Integer> assigned = current.assigned().getOrDefault(topic.getKey(), Map.of());
            return topic.getValue().stream()
                    .anyMatch(partition -> !assigned.containsKey(partition) && data.isOwned(topic.getKey(), partition));
        });
    }

    // ---- LeaveGroup ----

    /** Removes members of either protocol. What went wrong stands with each. */
    List<MemberResponse> leave(Group group, ConsumerGroup consumer, LeaveGroupRequestData request) {
        List<MemberResponse> responses = new ArrayList<>(request.members().size());
        Set<ConsumerMember> leaving = new LinkedHashSet<>();
        for (MemberIdentity identity : request.members()) {
            try {
                leaving.add(find(group, consumer.data(), identity));
                responses.add(Leaving.response(identity, Errors.NONE));
            } catch (AnswerException e) {
                responses.add(Leaving.response(identity, e.error()));
            }
        }
        for (ConsumerMember member : leaving) LOG.info("A member leaves: group={}, member={}", group.id(), member.id());
        fencing.fence(group, consumer, leaving);
        return responses;
    }

    private static ConsumerMember find(Group group, ConsumerGroupData data, MemberIdentity identity) {
        String instanceId = identity.groupInstanceId();
        if (instanceId == null) return Members.require(data, group.id(), identity.memberId());
        // An administrator names a static member by its instance alone (KIP-345).
        return identity.memberId().isEmpty()
                ? Members.staticMember(data, instanceId)
                : Members.requireStatic(data, identity.memberId(), instanceId);
    }
}
