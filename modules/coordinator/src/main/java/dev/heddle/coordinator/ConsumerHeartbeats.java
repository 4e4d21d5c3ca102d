package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import dev.heddle.coordinator.consumer.MemberProfile;
import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import dev.heddle.coordinator.consumer.MemberProfile.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ConsumerGroupHeartbeat does to a group (KIP-848): a member joins, says what it has, is told what it is to have,
 * and leaves. Every method needs the group's lock.
 */
final class ConsumerHeartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerHeartbeats.class);

    /** What to answer, and what must be committed before. */
    record Outcome(ConsumerGroupHeartbeatResponseData response, long endOffset) {}

    private final ConsumerContext context;
    private final Conversion conversion;
    private final RegexRefresh regexes;
    private final Fencing fencing;

    ConsumerHeartbeats(ConsumerContext context, Conversion conversion, RegexRefresh regexes, Fencing fencing) {
        this.context = context;
        this.conversion = conversion;
        this.regexes = regexes;
        this.fencing = fencing;
    }

    // ---- a member that stays ----

    /** @throws AnswerException if the member is turned away */
    Outcome heartbeat(Group group, CallContext ctx, ConsumerGroupHeartbeatRequestData request, TopicFilter filter) {
        boolean isJoining = request.memberEpoch() == 0;
        ConsumerTurn turn = isJoining ? conversion.turnForJoining(group) : turnOf(group);
        Members.requireRoom(context, turn.data(), request.memberId());
        String memberId = request.memberId().isEmpty() ? Uuid.randomUuid().toString() : request.memberId();
        ConsumerMember before = find(turn, request, memberId);
        var update = new MemberUpdate(context, turn, before, before.with(profile(before.profile(), ctx, request)));

        boolean topicsChanged = update.recordProfile();
        RegexRefresh.Change regex = regexes.update(update, filter);
        update.refreshEpoch(topicsChanged || regex == RegexRefresh.Change.RESOLVED);
        update.computeTarget();
        boolean subscriptionChanged = topicsChanged || regex != RegexRefresh.Change.NONE;
        ConsumerMember after = update.reconcile(subscriptionChanged, owned(request));
        turn.afterwards(() ->
                Members.renewSession(context, turn, memberId, context.settings().sessionTimeoutMs(group.id())));
        long endOffset = turn.write();
        return new Outcome(answer(group, request, before, after), endOffset);
    }

    private ConsumerTurn turnOf(Group group) {
        return switch (group.membership()) {
            case ConsumerGroup consumer ->
                new ConsumerTurn(
                        group,
                        consumer,
                        context.topics().catalog(),
                        context.time().milliseconds());
            case ClassicGroup other -> throw Members.notAConsumerGroup(group.id());
            case ShareGroup other -> throw Members.notAConsumerGroup(group.id());
            case StreamsGroup other -> throw Members.notAConsumerGroup(group.id());
        };
    }

    private static MemberProfile profile(
            MemberProfile before, CallContext ctx, ConsumerGroupHeartbeatRequestData request) {
        Origin origin = new Origin(
                orElse(request.instanceId(), before.origin().instanceId()),
                orElse(request.rackId(), before.origin().rackId()),
                ctx.clientId(),
                ctx.clientHost());
        Subscription known = before.subscription();
        List<String> topics = request.subscribedTopicNames();
        String regex = request.subscribedTopicRegex();
        Subscription subscription = new Subscription(
                topics == null ? known.topics() : new HashSet<>(topics),
                regex == null ? known.regex() : regex,
                orElse(request.serverAssignor(), known.assignor()));
        int timeoutMs = request.rebalanceTimeoutMs();
        return new MemberProfile(origin, subscription, timeoutMs == -1 ? before.rebalanceTimeoutMs() : timeoutMs, null);
    }

    private static @Nullable String orElse(@Nullable String said, @Nullable String known) {
        return said != null ? said : known;
    }

    private static @Nullable Map<Uuid, Set<Integer>> owned(ConsumerGroupHeartbeatRequestData request) {
        if (request.topicPartitions() == null) return null;
        Map<Uuid, Set<Integer>> owned = new HashMap<>();
        request.topicPartitions()
                .forEach(topic -> owned.computeIfAbsent(topic.topicId(), id -> new HashSet<>())
                        .addAll(topic.partitions()));
        return owned;
    }

    private ConsumerGroupHeartbeatResponseData answer(
            Group group, ConsumerGroupHeartbeatRequestData request, ConsumerMember before, ConsumerMember after) {
        var response = new ConsumerGroupHeartbeatResponseData()
                .setMemberId(after.id())
                .setMemberEpoch(after.epoch())
                .setHeartbeatIntervalMs(context.settings().heartbeatIntervalMs(group.id()));
        // It says everything when it joins, and when it has lost an answer.
        boolean saysEverything = request.rebalanceTimeoutMs() != -1
                && (request.subscribedTopicNames() != null || request.subscribedTopicRegex() != null)
                && request.topicPartitions() != null;
        boolean changed = !before.current().assigned().equals(after.current().assigned());
        if (request.memberEpoch() == 0 || saysEverything || changed) {
            response.setAssignment(assignment(after.current().assigned()));
        }
        return response;
    }

    private static Assignment assignment(Map<Uuid, Map<Integer, Integer>> assigned) {
        var topics = new ArrayList<TopicPartitions>(assigned.size());
        assigned.forEach((topic, partitions) ->
                topics.add(new TopicPartitions().setTopicId(topic).setPartitions(List.copyOf(partitions.keySet()))));
        return new Assignment().setTopicPartitions(topics);
    }

    // ---- who it is ----

    private ConsumerMember find(ConsumerTurn turn, ConsumerGroupHeartbeatRequestData request, String memberId) {
        boolean isJoining = request.memberEpoch() == 0;
        if (request.instanceId() != null) {
            return isJoining
                    ? Members.joinStatic(turn, memberId, request.instanceId(), false)
                    : checked(Members.requireStatic(turn.data(), memberId, request.instanceId()), request);
        }
        if (isJoining) {
            LOG.info(
                    "A member joins: group={}, member={}, protocol=consumer",
                    turn.group().id(),
                    memberId);
            ConsumerMember known = turn.data().member(memberId);
            return known != null ? known : ConsumerMember.joining(memberId);
        }
        return checked(Members.require(turn.data(), turn.group().id(), memberId), request);
    }

    /** Fences a member whose epoch is not the group's; the one before is good if just the answer has been lost. */
    private static ConsumerMember checked(ConsumerMember member, ConsumerGroupHeartbeatRequestData request) {
        int received = request.memberEpoch();
        int known = member.epoch();
        if (received > known) throw fenced("greater", received, known);
        boolean mayHaveLostAnAnswer =
                received == member.current().previousEpoch() && hasNothingElse(owned(request), member.current());
        if (received < known && !mayHaveLostAnAnswer) throw fenced("smaller", received, known);
        return member;
    }

    private static boolean hasNothingElse(@Nullable Map<Uuid, Set<Integer>> owned, CurrentAssignment current) {
        return owned != null
                && owned.entrySet().stream().allMatch(topic -> {
                    Map<Integer, Integer> assigned = current.assigned().get(topic.getKey());
                    return assigned != null && assigned.keySet().containsAll(topic.getValue());
                });
    }

    private static AnswerException fenced(String comparison, int received, int known) {
        return new AnswerException(
                Errors.FENCED_MEMBER_EPOCH,
                "The consumer group member has a " + comparison + " member epoch (" + received
                        + ") than the one known by the group coordinator (" + known
                        + "). The member must abandon all its partitions and rejoin.");
    }

    // ---- a member that goes ----

    /** @throws AnswerException if there is no such member */
    Outcome leave(Group group, ConsumerGroupHeartbeatRequestData request) {
        ConsumerTurn turn = turnOf(group);
        ConsumerGroupData data = turn.data();
        var response = new ConsumerGroupHeartbeatResponseData()
                .setMemberId(request.memberId())
                .setMemberEpoch(request.memberEpoch());
        String instanceId = request.instanceId();
        ConsumerMember member = instanceId == null
                ? Members.require(data, group.id(), request.memberId())
                : Members.requireStatic(data, request.memberId(), instanceId);
        LOG.info(
                "A member leaves: group={}, member={}, instance={}, epoch={}",
                group.id(),
                member.id(),
                instanceId,
                request.memberEpoch());
        if (instanceId != null && request.memberEpoch() == CurrentAssignment.LEAVING_STATIC) {
            turn.add(new ConsumerGroupRecord.Current(
                    member.id(), member.current().away()));
            return new Outcome(response.setMemberId(member.id()), turn.write());
        }
        return new Outcome(response, fencing.fence(group, turn.consumer(), List.of(member)));
    }
}
