package dev.heddle.coordinator;

import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.jspecify.annotations.Nullable;

/**
 * A member of a classic group. Everything in it that changes is guarded by the group's lock.
 */
final class Member {

    static final byte[] NO_ASSIGNMENT = new byte[0];

    /**
     * Who a member is, and from where it came; this never changes.
     *
     * @param instanceId {@code group.instance.id} of a static member (KIP-345), else null
     */
    record Identity(String memberId, @Nullable String instanceId, String clientId, String clientHost) {}

    /** What a member asks for each time it joins. */
    record Terms(int rebalanceTimeoutMs, int sessionTimeoutMs, List<MemberProtocol> protocols) {}

    private final Identity identity;
    private Terms terms;
    private byte[] assignment;
    private @Nullable Awaited<JoinGroupResponseData> awaitedJoin;
    private @Nullable Awaited<SyncGroupResponseData> awaitedSync;
    private long sessionDeadlineNanos = Deadlines.NEVER;
    private boolean isNew;

    Member(Identity identity, Terms terms, byte[] assignment) {
        this.identity = identity;
        this.terms = terms;
        this.assignment = assignment;
    }

    String id() {
        return identity.memberId();
    }

    @Nullable String instanceId() {
        return identity.instanceId();
    }

    boolean isStatic() {
        return identity.instanceId() != null;
    }

    String clientId() {
        return identity.clientId();
    }

    String clientHost() {
        return identity.clientHost();
    }

    int rebalanceTimeoutMs() {
        return terms.rebalanceTimeoutMs();
    }

    int sessionTimeoutMs() {
        return terms.sessionTimeoutMs();
    }

    List<MemberProtocol> protocols() {
        return terms.protocols();
    }

    Terms terms() {
        return terms;
    }

    void setTerms(Terms terms) {
        this.terms = terms;
    }

    byte[] assignment() {
        return assignment;
    }

    void setAssignment(byte[] assignment) {
        this.assignment = assignment;
    }

    /** The same member under another id: a static member that came back. Nobody waits for it yet. */
    Member withId(String newMemberId) {
        return new Member(
                new Identity(newMemberId, identity.instanceId(), identity.clientId(), identity.clientHost()),
                terms,
                assignment);
    }

    /** The same member, were it to support these. */
    Member withProtocols(List<MemberProtocol> protocols) {
        return new Member(
                identity, new Terms(rebalanceTimeoutMs(), sessionTimeoutMs(), List.copyOf(protocols)), assignment);
    }

    /** Whether its JoinGroup waits for the rebalance to complete. */
    boolean isAwaitingJoin() {
        return awaitedJoin != null;
    }

    @Nullable Awaited<JoinGroupResponseData> awaitedJoin() {
        return awaitedJoin;
    }

    void setAwaitedJoin(@Nullable Awaited<JoinGroupResponseData> awaited) {
        awaitedJoin = awaited;
    }

    /** Whether its SyncGroup waits for the leader's assignment. */
    boolean isAwaitingSync() {
        return awaitedSync != null;
    }

    @Nullable Awaited<SyncGroupResponseData> awaitedSync() {
        return awaitedSync;
    }

    void setAwaitedSync(@Nullable Awaited<SyncGroupResponseData> awaited) {
        awaitedSync = awaited;
    }

    long sessionDeadlineNanos() {
        return sessionDeadlineNanos;
    }

    void setSessionDeadlineNanos(long deadlineNanos) {
        sessionDeadlineNanos = deadlineNanos;
    }

    /** Whether it has not been through a rebalance yet. */
    void setNew(boolean isNew) {
        this.isNew = isNew;
    }

    /** Whether the end of its session leaves it a member: it waits in here, so it cannot send heartbeats. */
    boolean isExcusedFromHeartbeats() {
        // A new member's client may have gone long ago, and its first join must not be waited for without end.
        return !isNew && (isAwaitingJoin() || isAwaitingSync());
    }

    /** What it says under {@code protocol}; null when it does not support it. */
    byte @Nullable [] metadata(@Nullable String protocol) {
        for (MemberProtocol supported : protocols()) {
            if (supported.name().equals(protocol)) return supported.metadata();
        }
        return null;
    }

    /** The candidate that it likes best; null when it supports none. */
    @Nullable String vote(Predicate<String> candidates) {
        for (MemberProtocol supported : protocols()) {
            if (candidates.test(supported.name())) return supported.name();
        }
        return null;
    }

    DescribedGroupMember describe() {
        return new DescribedGroupMember()
                .setMemberId(id())
                .setGroupInstanceId(instanceId())
                .setClientId(clientId())
                .setClientHost(clientHost())
                .setMemberAssignment(assignment);
    }
}
