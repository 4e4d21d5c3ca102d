package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.Topology;
import java.util.Collection;
import java.util.Objects;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client may commit, or fetch, a group's offsets: it may when it is a member in good standing. Needs the
 * group's lock.
 */
final class OffsetValidation {

    /** Before this version of OffsetCommit a member could not tell its epoch from a generation (KIP-848). */
    private static final short MEMBER_EPOCH_VERSION = 9;

    private OffsetValidation() {}

    /** @throws AnswerException if nothing of this may be committed */
    static void requireMayCommit(
            Group group, OffsetCommitRequestData request, short apiVersion, Collection<CommitRequest.Entry> entries) {
        switch (group.membership()) {
            case ClassicGroup classic -> requireMayCommit(group, classic, request);
            case ConsumerGroup consumer -> requireMayCommit(group, consumer, request, apiVersion, entries);
            case ShareGroup share -> throw hasNoOffsets();
            case StreamsGroup streams -> requireMayCommit(group, streams, request, apiVersion, entries);
        }
    }

    private static void requireMayCommit(Group group, ClassicGroup classic, OffsetCommitRequestData request) {
        int generation = request.generationIdOrMemberEpoch();
        if (generation < 0 && classic.isEmpty()) return;
        if (generation < 0 && request.memberId().isEmpty() && request.groupInstanceId() == null) {
            // It would move the offsets of members that are at work.
            throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        }
        classic.requireMember(request.memberId(), request.groupInstanceId());
        if (generation != classic.generationId()) throw new AnswerException(Errors.ILLEGAL_GENERATION);
        if (classic.is(GroupState.COMPLETING_REBALANCE)) throw new AnswerException(Errors.REBALANCE_IN_PROGRESS);
        group.timers().renewSession(Objects.requireNonNull(classic.member(request.memberId())));
    }

    private static void requireMayCommit(
            Group group,
            ConsumerGroup consumer,
            OffsetCommitRequestData request,
            short apiVersion,
            Collection<CommitRequest.Entry> entries) {
        int epoch = request.generationIdOrMemberEpoch();
        if (epoch < 0 && consumer.isEmpty()) return;
        ConsumerMember member = Members.require(consumer.data(), group.id(), request.memberId());
        if (!member.usesClassicProtocol() && apiVersion < MEMBER_EPOCH_VERSION) {
            throw new AnswerException(Errors.UNSUPPORTED_VERSION);
        }
        if (epoch == member.epoch()) return;
        if (epoch > member.epoch()) throw stale(member);
        // It may have missed the last heartbeat's answer: what it had in its epoch, and has still, is its own.
        for (CommitRequest.Entry entry : entries) {
            Integer since = member.current().epochOf(entry.offset().topicId(), entry.partition());
            if (since == null || epoch < since) throw stale(member);
        }
    }

    private static void requireMayCommit(
            Group group,
            StreamsGroup streams,
            OffsetCommitRequestData request,
            short apiVersion,
            Collection<CommitRequest.Entry> entries) {
        int epoch = request.generationIdOrMemberEpoch();
        if (epoch < 0 && streams.isEmpty()) return;
        StreamsMember member = require(group, streams, request.memberId());
        if (apiVersion < MEMBER_EPOCH_VERSION) throw new AnswerException(Errors.UNSUPPORTED_VERSION);
        if (epoch == member.epoch()) return;
        if (epoch > member.epoch()) throw new AnswerException(Errors.STALE_MEMBER_EPOCH);
        // It may have missed the last heartbeat's answer: what it had in its epoch, and has still, is its own.
        for (CommitRequest.Entry entry : entries) {
            Integer since = epochOf(streams, member, entry);
            if (since == null || epoch < since) throw new AnswerException(Errors.STALE_MEMBER_EPOCH);
        }
    }

    private static StreamsMember require(Group group, StreamsGroup streams, @Nullable String memberId) {
        StreamsMember member = memberId == null ? null : streams.data().member(memberId);
        if (member != null) return member;
        throw new AnswerException(
                Errors.UNKNOWN_MEMBER_ID, "Member " + memberId + " is not a member of group " + group.id() + ".");
    }

    /** The epoch in which the member got the task that reads the partition; null if it has not got it. */
    private static @Nullable Integer epochOf(StreamsGroup streams, StreamsMember member, CommitRequest.Entry entry) {
        Topology topology = streams.data().topology();
        String subtopology = topology == null ? null : topology.readerOf(entry.topic());
        if (subtopology == null) return null;
        Integer epoch = member.current().assigned().epochOf(subtopology, entry.partition());
        return epoch != null ? epoch : member.current().revoking().epochOf(subtopology, entry.partition());
    }

    /**
     * The same with a transaction. Older clients do not say which member they are; and a rebalance does not matter, for
     * the offsets are read later.
     *
     * @throws AnswerException if nothing of this may be committed
     */
    static void requireMayCommitInTransaction(
            Group group, OffsetCommitRequestData request, Collection<CommitRequest.Entry> entries) {
        int generation = request.generationIdOrMemberEpoch();
        if (group.membership() instanceof ShareGroup) throw hasNoOffsets();
        boolean isAnonymous = generation < 0 && request.memberId().isEmpty() && request.groupInstanceId() == null;
        if (isAnonymous || (generation < 0 && group.membership().isEmpty())) return;
        switch (group.membership()) {
            case ClassicGroup classic -> {
                classic.requireMember(request.memberId(), request.groupInstanceId());
                if (generation != classic.generationId()) throw new AnswerException(Errors.ILLEGAL_GENERATION);
            }
            case ConsumerGroup consumer ->
                inTransaction(() -> requireMayCommit(group, consumer, request, MEMBER_EPOCH_VERSION, entries));
            case ShareGroup share -> throw hasNoOffsets();
            case StreamsGroup streams ->
                inTransaction(() -> requireMayCommit(group, streams, request, MEMBER_EPOCH_VERSION, entries));
        }
    }

    private static void inTransaction(Runnable check) {
        try {
            check.run();
        } catch (AnswerException e) {
            // Transactional clients do not know of member epochs.
            throw e.error() == Errors.STALE_MEMBER_EPOCH ? new AnswerException(Errors.ILLEGAL_GENERATION) : e;
        }
    }

    /** @throws AnswerException if the offsets may not be shown */
    static void requireMayFetch(@Nullable Group group, OffsetFetchRequestGroup request) {
        if (group == null || group.membership() instanceof ClassicGroup) return;
        if (group.membership() instanceof ShareGroup) throw hasNoOffsets();
        String memberId = request.memberId();
        // An administrator, or a client that does not say who it is.
        if (memberId == null && request.memberEpoch() < 0) return;
        if (group.membership() instanceof StreamsGroup streams) {
            boolean isUpToDate = require(group, streams, memberId).epoch() == request.memberEpoch();
            if (!isUpToDate) throw new AnswerException(Errors.STALE_MEMBER_EPOCH);
        }
        if (!(group.membership() instanceof ConsumerGroup consumer)) return;
        ConsumerMember member = memberId == null ? null : consumer.data().member(memberId);
        if (member == null) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        if (request.memberEpoch() != member.epoch()) throw stale(member);
    }

    private static AnswerException hasNoOffsets() {
        return new AnswerException(Errors.GROUP_ID_NOT_FOUND);
    }

    private static AnswerException stale(ConsumerMember member) {
        return new AnswerException(
                member.usesClassicProtocol() ? Errors.ILLEGAL_GENERATION : Errors.STALE_MEMBER_EPOCH);
    }
}
