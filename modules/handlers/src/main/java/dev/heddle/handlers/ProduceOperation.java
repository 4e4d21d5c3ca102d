package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionVerifier;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendResult;
import dev.heddle.log.AppendTerms;
import dev.heddle.log.InvalidRecordsException;
import dev.heddle.log.RecordError;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** One Produce request on its way through the partitions. Belongs to the request's thread. */
final class ProduceOperation {

    static final short ACKS_ALL = -1;

    /** First version of Produce that speaks of topics by their ids. */
    private static final short FIRST_WITH_TOPIC_IDS = 13;

    /** First version whose response says who leads (KIP-951). */
    private static final short FIRST_WITH_LEADER_HINTS = 10;

    /** Kafka's own tools may write internal topics. */
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    /** A partition whose records are appended, and what its client will be told. */
    private record Appended(Partition partition, long endOffset, PartitionProduceResponse answer) {}

    /** Records whose transaction must be verified first. */
    private record Deferred(
            TopicPartition topicPartition,
            @Nullable TopicImage topic,
            MemoryRecords records,
            PartitionProduceResponse answer) {}

    private final ProduceRequest request;
    private final short version;
    private final boolean internalTopicsAllowed;
    private final Access access;
    private final ReplicaManager replicaManager;
    private final MetadataImage image;
    private final ProduceResponseData response = new ProduceResponseData();
    private final List<Appended> appended = new ArrayList<>(1);
    private final List<Deferred> deferred = new ArrayList<>(0);
    private boolean failed;

    ProduceOperation(
            ProduceRequest request,
            short version,
            String clientId,
            Access access,
            ReplicaManager replicaManager,
            MetadataImage image) {
        this.request = request;
        this.version = version;
        this.internalTopicsAllowed = clientId.equals(ADMIN_CLIENT_ID);
        this.access = access;
        this.replicaManager = replicaManager;
        this.image = image;
    }

    /**
     * Appends to every partition what the request holds for it, but for the records of transactions.
     *
     * @throws AnswerException if the sender may not use the transactional id
     */
    void append() {
        Predicate<String> writable = writable();
        for (TopicProduceData topic : request.data().topicData()) {
            TopicImage known = topicOf(topic);
            String name = known == null ? topic.name() : known.name();
            var answers = new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
            response.responses().add(answers);
            for (PartitionProduceData partition : topic.partitionData()) {
                var answer = new PartitionProduceResponse()
                        .setIndex(partition.index())
                        .setBaseOffset(ProduceResponse.INVALID_OFFSET)
                        .setLogAppendTimeMs(RecordBatch.NO_TIMESTAMP)
                        .setLogStartOffset(ProduceResponse.INVALID_OFFSET);
                answers.partitionResponses().add(answer);
                boolean unauthorized = !writable.test(name);
                if (unauthorized && !isUnknownId(known)) fail(answer, Errors.TOPIC_AUTHORIZATION_FAILED, null);
                else append(new TopicPartition(name, partition.index()), known, partition, answer);
            }
        }
    }

    /** The topics that the sender may write; it is asked once, for all of them, how many partitions of each it wants. */
    private Predicate<String> writable() {
        if (access.isUnrestricted()) return access.allowed(AclOperation.WRITE, ResourceType.TOPIC, List.of());
        if (RequestUtils.hasTransactionalRecords(request)) requireTransactionalId();
        List<String> names = new ArrayList<>();
        for (TopicProduceData topic : request.data().topicData()) {
            TopicImage known = topicOf(topic);
            if (isUnknownId(known)) continue;
            String name = known == null ? topic.name() : known.name();
            names.addAll(Collections.nCopies(topic.partitionData().size(), name));
        }
        return access.allowed(AclOperation.WRITE, ResourceType.TOPIC, names);
    }

    private void requireTransactionalId() {
        String id = request.transactionalId();
        if (id == null || !access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, id))
            throw new AnswerException(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }

    /** An id tells nothing of a topic that does not exist, so nobody is asked about it. */
    private boolean isUnknownId(@Nullable TopicImage topic) {
        return topic == null && version >= FIRST_WITH_TOPIC_IDS;
    }

    private @Nullable TopicImage topicOf(TopicProduceData topic) {
        return version >= FIRST_WITH_TOPIC_IDS
                ? image.topics().topic(topic.topicId())
                : image.topics().topic(topic.name());
    }

    private void append(
            TopicPartition topicPartition,
            @Nullable TopicImage topic,
            PartitionProduceData data,
            PartitionProduceResponse answer) {
        try {
            Errors refused = refusal(topicPartition, topic);
            if (refused != Errors.NONE) {
                fail(answer, refused, null);
                return;
            }
            if (!(data.records() instanceof MemoryRecords records))
                throw new InvalidRecordException("A produce request must have records for each partition");
            validate(records);
            if (TransactionalProduce.isTransactional(records)) {
                deferred.add(new Deferred(topicPartition, topic, records, answer));
                return;
            }
            append(topicPartition, topic, records, AppendTerms.of(AppendOrigin.CLIENT), answer);
        } catch (RuntimeException e) {
            fail(topicPartition, answer, e);
        }
    }

    private void append(
            TopicPartition topicPartition,
            @Nullable TopicImage topic,
            MemoryRecords records,
            AppendTerms terms,
            PartitionProduceResponse answer) {
        try {
            Partition partition = replicaManager.partition(topicPartition);
            if (topic != null && !partition.topicId().equals(topic.id())) {
                fail(answer, Errors.UNKNOWN_TOPIC_ID, null);
                return;
            }
            AppendResult result = partition.append(records, terms, request.acks());
            answer.setBaseOffset(result.firstOffset())
                    .setLogAppendTimeMs(result.logAppendTimeMs())
                    .setLogStartOffset(result.logStartOffset());
            appended.add(new Appended(partition, result.endOffset(), answer));
        } catch (InvalidRecordsException e) {
            fail(answer, e.error(), e.getMessage());
            answer.setRecordErrors(recordErrors(e.recordErrors()));
        } catch (RuntimeException e) {
            fail(topicPartition, answer, e);
        }
    }

    private void fail(TopicPartition topicPartition, PartitionProduceResponse answer, RuntimeException failure) {
        Errors error = PartitionErrors.of(topicPartition, failure);
        fail(answer, error, PartitionErrors.detailOf(failure, error));
    }

    /** Whether there are records of a transaction, which {@link #append()} has left. */
    boolean hasTransactionalRecords() {
        return !deferred.isEmpty();
    }

    /** Appends the records of a transaction, as far as its coordinator allows. */
    void appendTransactional(TransactionVerifier verifier, Waiter waiter) {
        var transaction = new TransactionalProduce(request, version);
        deferred.forEach(each -> transaction.add(each.topicPartition, each.records));
        transaction.verify(verifier, waiter);
        for (Deferred each : deferred) {
            TransactionalProduce.Refusal refusal = transaction.refusal(each.topicPartition);
            if (refusal != null) {
                fail(each.answer, refusal.error(), refusal.detail());
                continue;
            }
            AppendTerms terms = AppendTerms.verified(AppendOrigin.CLIENT, transaction.guard(each.topicPartition));
            append(each.topicPartition, each.topic, each.records, terms, each.answer);
        }
    }

    private void validate(MemoryRecords records) {
        try {
            ProduceRequest.validateRecords(version, records);
        } catch (IllegalArgumentException e) { // a number that is no codec's
            throw new AnswerException(Errors.UNSUPPORTED_COMPRESSION_TYPE, String.valueOf(e.getMessage()));
        }
    }

    private Errors refusal(TopicPartition topicPartition, @Nullable TopicImage topic) {
        if (topic == null)
            return version >= FIRST_WITH_TOPIC_IDS ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        short acks = request.acks();
        if (acks < ACKS_ALL || acks > 1) return Errors.INVALID_REQUIRED_ACKS;
        if (Topic.isInternal(topicPartition.topic()) && !internalTopicsAllowed) return Errors.INVALID_TOPIC_EXCEPTION;
        return Errors.NONE;
    }

    private static List<BatchIndexAndErrorMessage> recordErrors(List<RecordError> errors) {
        List<BatchIndexAndErrorMessage> result = new ArrayList<>(errors.size());
        for (RecordError error : errors) {
            result.add(new BatchIndexAndErrorMessage()
                    .setBatchIndex(error.batchIndex())
                    .setBatchIndexErrorMessage(error.message()));
        }
        return result;
    }

    private void fail(PartitionProduceResponse answer, Errors error, @Nullable String detail) {
        failed = true;
        answer.setErrorCode(error.code()).setErrorMessage(detail);
    }

    /** Whether some partition could not do what was asked. */
    boolean failed() {
        return failed;
    }

    /** Whether there is something to be committed before the request may be answered. */
    boolean mustWait() {
        return request.acks() == ACKS_ALL && !appended.isEmpty();
    }

    /**
     * Waits until what was appended is committed, everywhere or until the deadline.
     *
     * @return how many partitions did not make it in time
     */
    int awaitCommitted(Waiter waiter, long deadlineNanos) {
        // All disks and replicas are set to work before the first of them is waited for.
        if (appended.size() > 1) appended.forEach(this::requestCommit);
        int late = 0;
        for (Appended one : appended) {
            try {
                if (one.answer.errorCode() != Errors.NONE.code()) continue;
                if (one.partition.awaitCommitted(one.endOffset, waiter, deadlineNanos)) continue;
                if (waiter.isCancelled()) return late;
                late++;
                fail(one.answer, Errors.REQUEST_TIMED_OUT, null);
            } catch (RuntimeException e) {
                failToCommit(one, e);
            }
        }
        return late;
    }

    private void requestCommit(Appended one) {
        try {
            one.partition.requestCommit(one.endOffset);
        } catch (RuntimeException e) {
            failToCommit(one, e);
        }
    }

    private void failToCommit(Appended one, RuntimeException failure) {
        fail(one.partition.topicPartition(), one.answer, failure);
    }

    /** The response, when all is said and done. */
    ProduceResponseData response(LeaderHints hints) {
        if (failed && version >= FIRST_WITH_LEADER_HINTS) addHints(hints);
        return response;
    }

    private void addHints(LeaderHints hints) {
        for (TopicProduceResponse topic : response.responses()) {
            TopicImage known = topic.topicId().equals(Uuid.ZERO_UUID)
                    ? image.topics().topic(topic.name())
                    : image.topics().topic(topic.topicId());
            if (known == null) continue;
            for (PartitionProduceResponse partition : topic.partitionResponses()) {
                if (partition.errorCode() != Errors.NOT_LEADER_OR_FOLLOWER.code()) continue;
                LeaderHints.Leader leader = hints.leaderOf(new TopicPartition(known.name(), partition.index()));
                partition.currentLeader().setLeaderId(leader.id()).setLeaderEpoch(leader.epoch());
            }
        }
        for (Node node : hints.nodes()) {
            response.nodeEndpoints()
                    .add(new NodeEndpoint()
                            .setNodeId(node.id())
                            .setHost(node.host())
                            .setPort(node.port())
                            .setRack(node.rack()));
        }
    }
}
