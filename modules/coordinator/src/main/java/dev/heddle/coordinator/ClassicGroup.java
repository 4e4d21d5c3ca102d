package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The members of a group of the classic protocol, and the state of its rebalance. Every method needs the group's lock,
 * but for {@link #state()} and {@link #protocolType()}, which any thread may call.
 *
 * <pre>
 *             first member joins              all have joined, or time-out
 *   EMPTY ────────────────────► PREPARING ────────────────────────────► COMPLETING ──► STABLE
 *     ▲                          ▲  │  ▲                                    │  leader's   │
 *     └──────────────────────────┼──┘  └────────────────────────────────────┘  assignment │
 *        nobody has joined       │        a member joins, leaves or does not sync         │
 *                                └────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>What happens to it is decided in {@link Joining}, {@link Syncing}, {@link Leaving} and {@link Rebalancing}.
 */
final class ClassicGroup implements Membership {

    static final String TYPE = "classic";
    static final String CONSUMER_PROTOCOL = ConsumerProtocol.PROTOCOL_TYPE;

    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, String> memberIdsByInstance = new HashMap<>();
    private final Map<String, Long> pendingDeadlines = new HashMap<>();
    private final Set<String> notSynced = new HashSet<>();
    private final ProtocolVotes votes = new ProtocolVotes();

    /** Written under the group's lock; volatile for lists and gauges, which do not take it. */
    private volatile GroupState state = GroupState.EMPTY;

    /** Written under the group's lock; volatile for lists, which do not take it. */
    private volatile @Nullable String protocolType;

    private GroupState previousState = GroupState.DEAD;
    private long stateTimestampMs;
    private int generationId;
    private @Nullable String protocolName;
    private @Nullable String leaderId;
    private @Nullable Set<String> subscribedTopics;
    private int awaitingJoin;

    /** @param stateTimestampMs since when it is empty, in milliseconds since the epoch; -1 is not known */
    ClassicGroup(long stateTimestampMs) {
        this.stateTimestampMs = stateTimestampMs;
    }

    // ---- state ----

    GroupState state() {
        return state;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String stateLabel() {
        return state.label();
    }

    @Override
    public boolean isEmpty() {
        return is(GroupState.EMPTY);
    }

    boolean is(GroupState other) {
        return state == other;
    }

    /** The state before the present one. */
    GroupState previousState() {
        return previousState;
    }

    /** When it came into the present state; -1 is not known. */
    long stateTimestampMs() {
        return stateTimestampMs;
    }

    @Override
    public List<SimpleRecord> toTombstones(String groupId, long nowMs) {
        return List.of(GroupRecords.groupTombstone(groupId, nowMs));
    }

    @Override
    public void markDead(long nowMs) {
        moveTo(GroupState.DEAD, nowMs);
    }

    @Override
    public long earliestDeadline(GroupTimers timers) {
        return timers.earliestDeadline(this);
    }

    void moveTo(GroupState next, long nowMs) {
        assert next.canFollow(state) : state + " to " + next;
        previousState = state;
        state = next;
        stateTimestampMs = nowMs;
    }

    int generationId() {
        return generationId;
    }

    /** {@code consumer}, {@code connect} or whatever its members say they are; null before the first member. */
    @Override
    public @Nullable String protocolType() {
        return protocolType;
    }

    /** What the members agreed on in the last rebalance. */
    @Nullable String protocolName() {
        return protocolName;
    }

    @Nullable String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    boolean usesConsumerProtocol() {
        return CONSUMER_PROTOCOL.equals(protocolType);
    }

    /** Topics its members subscribe to; null when that cannot be known. */
    @Nullable Set<String> subscribedTopics() {
        return subscribedTopics;
    }

    /** Whether offsets of the topic are in use. A consumers' group whose topics are not known may use any. */
    @Override
    public boolean isSubscribedTo(String topic) {
        return subscribedTopics != null ? subscribedTopics.contains(topic) : usesConsumerProtocol();
    }

    /** Takes over what a record of the log says, members excepted. */
    void restore(int generationId, @Nullable String protocolType, @Nullable String protocolName, GroupState state) {
        this.generationId = generationId;
        this.protocolType = protocolType;
        this.protocolName = protocolName;
        this.state = state;
    }

    /** Takes the protocol that its members like best, without a rebalance. */
    void agreeOnProtocol() {
        protocolName = votes.winner(members.values());
        subscribedTopics = Subscriptions.of(this);
    }

    void restoreLeader(@Nullable String leaderId) {
        this.leaderId = leaderId;
        this.subscribedTopics = Subscriptions.of(this);
    }

    // ---- members ----

    int size() {
        return members.size();
    }

    Collection<Member> members() {
        return members.values();
    }

    @Nullable Member member(String memberId) {
        return members.get(memberId);
    }

    boolean hasMember(String memberId) {
        return members.containsKey(memberId);
    }

    @Nullable String memberIdOfInstance(String instanceId) {
        return memberIdsByInstance.get(instanceId);
    }

    int staticMembers() {
        return memberIdsByInstance.size();
    }

    /** Adds a member, which the caller has found to fit. */
    void add(Member member, @Nullable String memberProtocolType, @Nullable Awaited<JoinGroupResponseData> join) {
        String instanceId = member.instanceId();
        if (instanceId != null) memberIdsByInstance.put(instanceId, member.id());
        if (members.isEmpty()) protocolType = memberProtocolType;
        if (leaderId == null) leaderId = member.id();
        members.put(member.id(), member);
        votes.comes(member);
        pendingDeadlines.remove(member.id());
        awaitJoin(member, join);
    }

    /** The member joins again, under other terms. */
    void setTerms(Member member, Member.Terms terms) {
        votes.leaves(member);
        member.setTerms(terms);
        votes.comes(member);
    }

    /** Removes a member or a pending one, and makes another the leader if it was. */
    void remove(String memberId) {
        Member removed = members.remove(memberId);
        if (removed != null) {
            votes.leaves(removed);
            if (removed.isAwaitingJoin()) awaitingJoin--;
            if (removed.instanceId() != null) memberIdsByInstance.remove(removed.instanceId());
        }
        if (isLeader(memberId))
            leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
        pendingDeadlines.remove(memberId);
        notSynced.remove(memberId);
    }

    /** Puts a static member that came back in the place of its predecessor, which is fenced. */
    void replaceStatic(Member predecessor, Member successor) {
        answerJoin(predecessor, JoinResponses.error(predecessor.id(), Errors.FENCED_INSTANCE_ID));
        answerSync(predecessor, SyncResponses.error(Errors.FENCED_INSTANCE_ID));
        members.remove(predecessor.id());
        members.put(successor.id(), successor);
        votes.leaves(predecessor);
        votes.comes(successor);
        if (isLeader(predecessor.id())) leaderId = successor.id();
        memberIdsByInstance.put(Objects.requireNonNull(successor.instanceId()), successor.id());
    }

    /** Checks that the member belongs to the group and, if it is static, that it is the one of that instance. */
    void requireMember(String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            String known = memberIdsByInstance.get(instanceId);
            if (known == null) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
            if (!known.equals(memberId)) throw new AnswerException(Errors.FENCED_INSTANCE_ID);
        }
        if (!hasMember(memberId)) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
    }

    // ---- pending members: those who have been given an id and are to come back with it (KIP-394) ----

    void addPending(String memberId, long deadlineNanos) {
        pendingDeadlines.put(memberId, deadlineNanos);
    }

    boolean isPending(String memberId) {
        return pendingDeadlines.containsKey(memberId);
    }

    boolean hasPending() {
        return !pendingDeadlines.isEmpty();
    }

    Map<String, Long> pendingDeadlines() {
        return pendingDeadlines;
    }

    // ---- who waits for what ----

    /** From now on {@code join} waits for the member, in the place of what waited before. */
    void awaitJoin(Member member, @Nullable Awaited<JoinGroupResponseData> join) {
        Awaited<JoinGroupResponseData> before = member.awaitedJoin();
        if (before != null) {
            awaitingJoin--;
            // The client asks again on another connection; should it still listen on this one, it is to ask again.
            if (before != join) before.complete(JoinResponses.error(member.id(), Errors.REBALANCE_IN_PROGRESS));
        }
        if (join != null) awaitingJoin++;
        member.setAwaitedJoin(join);
    }

    void answerJoin(Member member, JoinGroupResponseData response) {
        Awaited<JoinGroupResponseData> join = member.awaitedJoin();
        if (join == null) return;
        join.complete(response);
        member.setAwaitedJoin(null);
        awaitingJoin--;
    }

    /** From now on {@code sync} waits for the member's assignment, in the place of what waited before. */
    void awaitSync(Member member, Awaited<SyncGroupResponseData> sync) {
        answerSync(member, SyncResponses.error(Errors.REBALANCE_IN_PROGRESS));
        member.setAwaitedSync(sync);
    }

    /** @return false when nobody waited */
    boolean answerSync(Member member, SyncGroupResponseData response) {
        Awaited<SyncGroupResponseData> sync = member.awaitedSync();
        if (sync == null) return false;
        sync.complete(response);
        member.setAwaitedSync(null);
        return true;
    }

    int awaitingJoin() {
        return awaitingJoin;
    }

    boolean haveAllJoined() {
        return members.size() == awaitingJoin && pendingDeadlines.isEmpty();
    }

    /** Members of whom a SyncGroup is still to come. */
    Set<String> notSynced() {
        return notSynced;
    }

    // ---- rebalance ----

    /** The longest rebalance time-out of its members. */
    int rebalanceTimeoutMs() {
        int longest = 0;
        for (Member member : members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs());
        return longest;
    }

    /**
     * Makes sure that the leader is one who has joined.
     *
     * @return false when there is no leader, or none of the members has joined
     */
    boolean electJoinedLeader() {
        if (leaderId == null) return false;
        Member leader = members.get(leaderId);
        if (leader != null && leader.isAwaitingJoin()) return true;
        for (Member member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.id();
                return true;
            }
        }
        return false;
    }

    /** Begins the next generation with the members that there are: completing its rebalance, or empty. */
    void beginGeneration(long nowMs) {
        generationId++;
        protocolName = members.isEmpty() ? null : votes.winner(members.values());
        subscribedTopics = Subscriptions.of(this);
        moveTo(members.isEmpty() ? GroupState.EMPTY : GroupState.COMPLETING_REBALANCE, nowMs);
        notSynced.clear();
    }

    /** Whether someone with these protocols can be a member: one of them must be supported by all who are. */
    boolean supports(String otherProtocolType, Collection<String> protocols) {
        if (is(GroupState.EMPTY)) return !otherProtocolType.isEmpty() && !protocols.isEmpty();
        if (!otherProtocolType.equals(protocolType)) return false;
        return votes.supportsAnyOf(protocols, members.size());
    }

    /** The protocol that it would agree on if the member had these. */
    @Nullable String selectProtocolIf(Member member, List<MemberProtocol> protocols) {
        return votes.winnerIf(members.values(), member, protocols);
    }

    /** What the leader is told of the members. */
    List<JoinGroupResponseMember> membersForLeader() {
        return members.values().stream()
                .map(member -> new JoinGroupResponseMember()
                        .setMemberId(member.id())
                        .setGroupInstanceId(member.instanceId())
                        .setMetadata(metadataOf(member)))
                .toList();
    }

    /** What the member says under the protocol that was agreed on. */
    byte[] metadataOf(Member member) {
        byte[] metadata = member.metadata(protocolName);
        return metadata != null ? metadata : Member.NO_ASSIGNMENT;
    }
}
