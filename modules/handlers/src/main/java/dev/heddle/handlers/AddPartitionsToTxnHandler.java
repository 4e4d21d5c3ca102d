package dev.heddle.handlers;

import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/**
 * AddPartitionsToTxn: of one transaction from its client, or of many from other brokers, which may also just verify
 * (KIP-890). Any thread may call it; it waits until what was added is committed.
 */
final class AddPartitionsToTxnHandler implements ApiHandler {

    /** From this version on requests come from brokers, for several transactions. */
    private static final short FROM_BROKERS_VERSION = 4;

    private final TransactionCoordinator transactions;
    private final MetadataCache metadata;

    AddPartitionsToTxnHandler(TransactionCoordinator transactions, MetadataCache metadata) {
        this.transactions = transactions;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.ADD_PARTITIONS_TO_TXN;
    }

    @Override
    public AddPartitionsToTxnResponse handle(Request request, Access access) {
        AddPartitionsToTxnRequest asked = request.body();
        boolean isFromClient = asked.version() < FROM_BROKERS_VERSION;
        if (!isFromClient) access.requireOnCluster(AclOperation.CLUSTER_ACTION);
        AddPartitionsToTxnRequest normalized = isFromClient ? asked.normalizeRequest() : asked;
        var results = new AddPartitionsToTxnResultCollection();
        for (AddPartitionsToTxnTransaction transaction : normalized.data().transactions()) {
            if (transaction.transactionalId() == null) {
                throw new InvalidRequestException("Transactional ID can not be null in request.");
            }
            results.add(answer(normalized, transaction, access, request.waiter()));
        }
        var response = new AddPartitionsToTxnResponseData();
        if (isFromClient) results.forEach(result -> response.setResultsByTopicV3AndBelow(result.topicResults()));
        else response.setResultsByTransaction(results);
        return new AddPartitionsToTxnResponse(response);
    }

    private AddPartitionsToTxnResult answer(
            AddPartitionsToTxnRequest request,
            AddPartitionsToTxnTransaction transaction,
            Access access,
            Waiter waiter) {
        String transactionalId = transaction.transactionalId();
        boolean isFromClient = request.version() < FROM_BROKERS_VERSION;
        if (isFromClient && !access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
            return request.errorResponseForTransaction(transactionalId, Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        List<TopicPartition> partitions = request.partitionsByTransaction().getOrDefault(transactionalId, List.of());
        Map<TopicPartition, Errors> refusals = refusals(partitions, isFromClient, access);
        if (!refusals.isEmpty()) {
            // It is all or nothing, and those that could have been added are told so.
            partitions.forEach(each -> refusals.putIfAbsent(each, Errors.OPERATION_NOT_ATTEMPTED));
            return AddPartitionsToTxnResponse.resultForTransaction(transactionalId, refusals);
        }
        var producer = new ProducerIdAndEpoch(transaction.producerId(), transaction.producerEpoch());
        if (transaction.verifyOnly()) {
            return AddPartitionsToTxnResponse.resultForTransaction(
                    transactionalId,
                    transactions.verifyPartitions(transactionalId, producer, new HashSet<>(partitions), waiter));
        }
        Errors error = transactions.addPartitions(
                transactionalId, producer, new HashSet<>(partitions), clientVersion(request), waiter);
        return request.errorResponseForTransaction(
                transactionalId, TransactionErrors.forClient(error, request.version()));
    }

    private static short clientVersion(AddPartitionsToTxnRequest request) {
        return (short) (request.version() < FROM_BROKERS_VERSION ? 0 : 2);
    }

    private Map<TopicPartition, Errors> refusals(List<TopicPartition> partitions, boolean isFromClient, Access access) {
        Predicate<String> allowed = isFromClient ? writable(partitions, access) : topic -> true;
        MetadataImage image = metadata.image();
        var refusals = new HashMap<TopicPartition, Errors>();
        for (TopicPartition each : partitions) {
            if (!allowed.test(each.topic())) refusals.put(each, Errors.TOPIC_AUTHORIZATION_FAILED);
            else if (image.topics().partition(each.topic(), each.partition()) == null) {
                refusals.put(each, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        return refusals;
    }

    private static Predicate<String> writable(List<TopicPartition> partitions, Access access) {
        List<String> topics = new ArrayList<>(partitions.size());
        for (TopicPartition each : partitions) if (!Topic.isInternal(each.topic())) topics.add(each.topic());
        Predicate<String> allowed = access.allowed(AclOperation.WRITE, ResourceType.TOPIC, topics);
        return topic -> !Topic.isInternal(topic) && allowed.test(topic);
    }
}
