package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddOffsetsToTxnRequest;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/**
 * AddOffsetsToTxn: makes a group's offsets part of a transaction. Any thread may call it; it waits until that is committed.
 */
final class AddOffsetsToTxnHandler implements ApiHandler {

    /** Clients that have an epoch for each transaction do without this API. */
    private static final short CLIENT_VERSION = 0;

    private final TransactionCoordinator transactions;
    private final GroupCoordinator groups;

    AddOffsetsToTxnHandler(TransactionCoordinator transactions, GroupCoordinator groups) {
        this.transactions = transactions;
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.ADD_OFFSETS_TO_TXN;
    }

    @Override
    public AddOffsetsToTxnResponse handle(Request request, Access access) {
        AddOffsetsToTxnRequest asked = request.body();
        Errors error = TransactionErrors.forClient(add(asked.data(), request, access), asked.version());
        return new AddOffsetsToTxnResponse(new AddOffsetsToTxnResponseData().setErrorCode(error.code()));
    }

    private Errors add(AddOffsetsToTxnRequestData asked, Request request, Access access) {
        if (!access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, asked.transactionalId())) {
            return Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if (!access.allows(AclOperation.READ, ResourceType.GROUP, asked.groupId())) {
            return Errors.GROUP_AUTHORIZATION_FAILED;
        }
        var offsets = new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, groups.partitionFor(asked.groupId()));
        return transactions.addPartitions(
                asked.transactionalId(),
                new ProducerIdAndEpoch(asked.producerId(), asked.producerEpoch()),
                Set.of(offsets),
                CLIENT_VERSION,
                request.waiter());
    }
}
