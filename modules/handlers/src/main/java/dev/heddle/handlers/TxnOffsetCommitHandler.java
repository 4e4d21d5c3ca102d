package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.TransactionVerifier;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * TxnOffsetCommit: offsets that count once their transaction is committed. Any thread may call it; it waits until they
 * are in the log of the group for good.
 */
final class TxnOffsetCommitHandler implements ApiHandler {

    /** Clients before that may break at COORDINATOR_LOAD_IN_PROGRESS. */
    private static final short FIRST_WITH_LOADING = 2;

    private final GroupCoordinator groups;
    private final TransactionVerifier verifier;

    TxnOffsetCommitHandler(GroupCoordinator groups, TransactionVerifier verifier) {
        this.groups = groups;
        this.verifier = verifier;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.TXN_OFFSET_COMMIT;
    }

    @Override
    public TxnOffsetCommitResponse handle(Request request, Access access) {
        TxnOffsetCommitRequest asked = request.body();
        TxnOffsetCommitResponseData response = answer(asked.data(), request, access);
        if (asked.version() < FIRST_WITH_LOADING) hideLoading(response);
        return new TxnOffsetCommitResponse(response);
    }

    private TxnOffsetCommitResponseData answer(TxnOffsetCommitRequestData asked, Request request, Access access) {
        if (!access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, asked.transactionalId())) {
            return TxnOffsetCommitRequest.getErrorResponse(asked, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        if (!access.allows(AclOperation.READ, ResourceType.GROUP, asked.groupId())) {
            return TxnOffsetCommitRequest.getErrorResponse(asked, Errors.GROUP_AUTHORIZATION_FAILED);
        }
        Predicate<String> readable = access.allowed(
                AclOperation.READ, ResourceType.TOPIC, asked.topics(), TxnOffsetCommitRequestTopic::name);
        TxnOffsetCommitRequestData allowed = asked.duplicate();
        allowed.topics().removeIf(topic -> !readable.test(topic.name()));
        var response = new TxnOffsetCommitResponseData();
        if (!allowed.topics().isEmpty()) {
            response = groups.commitTransactionalOffsets(GroupCalls.context(request), allowed, verifier);
        }
        for (TxnOffsetCommitRequestTopic topic : asked.topics()) {
            if (!readable.test(topic.name())) response.topics().add(denied(topic));
        }
        return response;
    }

    private static TxnOffsetCommitResponseTopic denied(TxnOffsetCommitRequestTopic topic) {
        var answer = new TxnOffsetCommitResponseTopic().setName(topic.name());
        topic.partitions()
                .forEach(partition -> answer.partitions()
                        .add(new TxnOffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())));
        return answer;
    }

    private static void hideLoading(TxnOffsetCommitResponseData response) {
        for (TxnOffsetCommitResponseTopic topic : response.topics()) {
            for (TxnOffsetCommitResponsePartition partition : topic.partitions()) {
                if (partition.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code()) {
                    partition.setErrorCode(Errors.COORDINATOR_NOT_AVAILABLE.code());
                }
            }
        }
    }
}
