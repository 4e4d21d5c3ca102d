package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendTerms;
import dev.heddle.log.VerificationGuard;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/**
 * Offsets that are committed with a transaction, or not at all: TxnOffsetCommit, and the markers that decide. Any thread
 * may call it, without a lock.
 *
 * <p>For maintainers: a group is noted as part of the transaction before its offsets are appended, and a marker is
 * appended before the groups are told. So whichever comes first in the log, the groups that have offsets before the
 * marker are told of it.
 */
final class TransactionalOffsets {

    /** TxnOffsetCommit has offsets by the names of topics, as OffsetCommit has up to this version. */
    private static final short BY_TOPIC_NAME = 9;

    private final OffsetsPartitions partitions;
    private final Topics topics;
    private final GroupMetrics metrics;
    private final int metadataMaxBytes;
    private final Time time;

    TransactionalOffsets(OffsetsPartitions partitions, Topics topics) {
        this.partitions = partitions;
        this.topics = topics;
        this.metrics = partitions.context().metrics();
        this.metadataMaxBytes = partitions.context().config().offsets().metadataMaxBytes();
        this.time = partitions.context().time();
    }

    // ---- TxnOffsetCommit ----

    TxnOffsetCommitResponseData commit(
            CallContext ctx, TxnOffsetCommitRequestData request, TransactionVerifier verifier) {
        if (request.groupId() == null || request.groupId().isEmpty()) {
            return TxnOffsetCommitRequest.getErrorResponse(request, Errors.INVALID_GROUP_ID);
        }
        var commit = new CommitRequest(asOffsetCommit(request), topics, metadataMaxBytes, time.milliseconds());
        commit.resolve(BY_TOPIC_NAME);
        if (commit.isVain()) return asTransactional(commit.response());
        try {
            OffsetsPartition partition = partitions.of(request.groupId());
            AppendTerms terms = verified(ctx, request, partition.id(), verifier);
            long endOffset = request.generationId() < 0
                    ? partition.withGroup(request.groupId(), group -> commit(group, commit, request, terms))
                    : partition.withExisting(request.groupId(), group -> commit(group, commit, request, terms), () -> {
                        throw new AnswerException(Errors.ILLEGAL_GENERATION);
                    });
            partition.awaitCommitted(endOffset, ctx.waiter());
            metrics.offsetsCommitted(commit.entries().size());
            return asTransactional(commit.response());
        } catch (HeddleException e) {
            return asTransactional(commit.refused(CoordinatorErrors.of(e)));
        }
    }

    private static AppendTerms verified(
            CallContext ctx, TxnOffsetCommitRequestData request, int partition, TransactionVerifier verifier) {
        var topicPartition = new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, partition);
        var question = new TransactionVerifier.Question(
                request.transactionalId(),
                new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()),
                Map.of(topicPartition, RecordBatch.NO_SEQUENCE),
                TransactionVerifier.Support.ofTxnOffsetCommit(ctx.apiVersion()));
        TransactionVerifier.Answer answer = verifier.verify(question, ctx.waiter());
        Errors error = answer.errors().getOrDefault(topicPartition, Errors.NONE);
        if (error != Errors.NONE) throw new AnswerException(error);
        VerificationGuard guard = answer.guards().get(topicPartition);
        return AppendTerms.verified(AppendOrigin.COORDINATOR, guard);
    }

    private long commit(Group group, CommitRequest commit, TxnOffsetCommitRequestData request, AppendTerms terms) {
        List<CommitRequest.Entry> entries = commit.entries();
        OffsetValidation.requireMayCommitInTransaction(group, commit.request(), entries);
        if (entries.isEmpty()) return 0;
        List<SimpleRecord> records = commit.records(time.milliseconds());
        OffsetsPartition partition = group.partition();
        partition.beginTransaction(request.producerId(), group);
        long recordOffset = partition.appendTransactional(
                group, records, new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()), terms);
        for (CommitRequest.Entry entry : entries) {
            var key = new TopicPartition(entry.topic(), entry.partition());
            group.offsets().putPending(request.producerId(), key, entry.offset().at(recordOffset++));
        }
        return group.lastEndOffset();
    }

    private static OffsetCommitRequestData asOffsetCommit(TxnOffsetCommitRequestData request) {
        var plain = new OffsetCommitRequestData()
                .setGroupId(request.groupId())
                .setMemberId(request.memberId())
                .setGroupInstanceId(request.groupInstanceId())
                .setGenerationIdOrMemberEpoch(request.generationId());
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            var plainTopic = new OffsetCommitRequestTopic().setName(topic.name());
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                plainTopic
                        .partitions()
                        .add(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setCommittedOffset(partition.committedOffset())
                                .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                                .setCommittedMetadata(partition.committedMetadata()));
            }
            plain.topics().add(plainTopic);
        }
        return plain;
    }

    private static TxnOffsetCommitResponseData asTransactional(OffsetCommitResponseData plain) {
        var response = new TxnOffsetCommitResponseData();
        for (OffsetCommitResponseTopic topic : plain.topics()) {
            var answer = new TxnOffsetCommitResponseTopic().setName(topic.name());
            for (OffsetCommitResponsePartition partition : topic.partitions()) {
                answer.partitions()
                        .add(new TxnOffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(partition.errorCode()));
            }
            response.topics().add(answer);
        }
        return response;
    }

    // ---- markers ----

    /**
     * Appends a marker to a partition of {@code __consumer_offsets}, and lets the transaction's offsets count, or not.
     *
     * @return what must be committed before the transaction is over here
     */
    long complete(int partitionId, TransactionMarker marker) {
        OffsetsPartition partition = partitions.find(partitionId);
        if (partition == null) throw new AnswerException(Errors.NOT_COORDINATOR);
        partition.life().requireActive();
        long endOffset = partition
                        .log()
                        .append(marker.toRecords(time.milliseconds()), AppendTerms.marker(marker.transactionVersion()))
                + 1;
        Set<Group> groups = partition.endTransaction(marker.producerId());
        for (Group group : groups) end(group, marker, endOffset);
        return endOffset;
    }

    private static void end(Group group, TransactionMarker marker, long endOffset) {
        group.lock().lock();
        try {
            if (group.isRemoved()) return;
            group.offsets().endTransaction(marker.producerId(), marker.commits());
            group.wroteUpTo(endOffset);
        } finally {
            group.lock().unlock();
        }
    }
}
