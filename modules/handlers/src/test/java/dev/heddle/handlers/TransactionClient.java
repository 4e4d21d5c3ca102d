package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddOffsetsToTxnRequest;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DescribeTransactionsRequest;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ListTransactionsRequest;
import org.apache.kafka.common.requests.ListTransactionsResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitRequest;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.apache.kafka.common.requests.WriteTxnMarkersRequest;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/** A transactional producer as its requests are, of the versions that it is told to speak. One thread uses it. */
final class TransactionClient {

    static final String ID = "payments";
    static final String GROUP = "group";
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    private final TestConnection connection;
    long producerId = -1;
    short epoch = -1;

    TransactionClient(TestConnection connection) {
        this.connection = connection;
    }

    /** Makes the topic, and waits for both coordinators. */
    void prepare() {
        var topics = new CreateTopicsRequestData();
        topics.topics()
                .add(new CreatableTopic()
                        .setName(ORDERS.topic())
                        .setNumPartitions(2)
                        .setReplicationFactor((short) 1));
        connection.call(new CreateTopicsRequest.Builder(topics).build());
        find((byte) 0, GROUP);
        find((byte) 1, ID);
        init(4);
    }

    private void find(byte type, String key) {
        FindCoordinatorResponse found = connection.call(new FindCoordinatorRequest.Builder(
                        new FindCoordinatorRequestData().setKeyType(type).setCoordinatorKeys(List.of(key)))
                .build());
        assertEquals(Errors.NONE.code(), found.data().coordinators().getFirst().errorCode());
    }

    /** Asks again while the answer is one that only says "not yet": coordinators load, transactions complete. */
    private static <T> T settled(Supplier<T> question, Predicate<T> notYet) {
        while (true) {
            T answer = question.get();
            if (!notYet.test(answer)) return answer;
            Thread.onSpinWait();
        }
    }

    private static boolean isNotYet(short error) {
        return error == Errors.COORDINATOR_LOAD_IN_PROGRESS.code() || error == Errors.CONCURRENT_TRANSACTIONS.code();
    }

    Errors init(int version) {
        var request = new InitProducerIdRequestData().setTransactionalId(ID).setTransactionTimeoutMs(60_000);
        InitProducerIdResponseData answer = settled(
                () -> connection
                        .<InitProducerIdResponse>call(new InitProducerIdRequest.Builder(request).build((short) version))
                        .data(),
                data -> isNotYet(data.errorCode()));
        if (answer.errorCode() == 0) {
            producerId = answer.producerId();
            epoch = answer.producerEpoch();
        }
        return Errors.forCode(answer.errorCode());
    }

    Errors add(int version, TopicPartition partition) {
        var topics = new AddPartitionsToTxnTopicCollection();
        topics.add(
                new AddPartitionsToTxnTopic().setName(partition.topic()).setPartitions(List.of(partition.partition())));
        var request = new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(ID)
                .setV3AndBelowProducerId(producerId)
                .setV3AndBelowProducerEpoch(epoch)
                .setV3AndBelowTopics(topics);
        AddPartitionsToTxnResponse answer = connection.call(new AddPartitionsToTxnRequest(request, (short) version));
        var topic = answer.data().resultsByTopicV3AndBelow().iterator().next();
        return Errors.forCode(topic.resultsByPartition().iterator().next().partitionErrorCode());
    }

    Errors addOffsets(int version) {
        var request = new AddOffsetsToTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setGroupId(GROUP);
        AddOffsetsToTxnResponse answer =
                connection.call(new AddOffsetsToTxnRequest.Builder(request).build((short) version));
        return Errors.forCode(answer.data().errorCode());
    }

    TxnOffsetCommitRequestData offsets(TopicPartition partition, long offset) {
        return new TxnOffsetCommitRequestData()
                .setTransactionalId(ID)
                .setGroupId(GROUP)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                        .setName(partition.topic())
                        .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(partition.partition())
                                .setCommittedOffset(offset)))));
    }

    Errors commitOffsets(int version, TxnOffsetCommitRequestData request) {
        TxnOffsetCommitResponsePartition answer = settled(
                () -> connection
                        .<TxnOffsetCommitResponse>call(new TxnOffsetCommitRequest(request, (short) version))
                        .data()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst(),
                partition -> isNotYet(partition.errorCode()));
        return Errors.forCode(answer.errorCode());
    }

    Errors end(int version, boolean commit) {
        var request = new EndTxnRequestData()
                .setTransactionalId(ID)
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setCommitted(commit);
        EndTxnResponseData answer = connection
                .<EndTxnResponse>call(new EndTxnRequest.Builder(request, version >= 5).build((short) version))
                .data();
        if (answer.errorCode() == 0 && answer.producerId() >= 0) epoch = answer.producerEpoch();
        return Errors.forCode(answer.errorCode());
    }

    Errors mark(TopicPartition partition) {
        var marker = new WritableTxnMarker()
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setTransactionResult(false)
                .setTopics(List.of(new WritableTxnMarkerTopic()
                        .setName(partition.topic())
                        .setPartitionIndexes(List.of(partition.partition()))));
        WriteTxnMarkersResponse answer = connection.call(
                new WriteTxnMarkersRequest.Builder(new WriteTxnMarkersRequestData().setMarkers(List.of(marker)))
                        .build());
        return answer.errorsByProducerId().get(producerId).get(partition);
    }

    // ---- what can be seen ----

    TransactionState describe() {
        DescribeTransactionsResponse answer = connection.call(new DescribeTransactionsRequest.Builder(
                        new DescribeTransactionsRequestData().setTransactionalIds(List.of(ID)))
                .build());
        return answer.data().transactionStates().getFirst();
    }

    /** Once the end of the transaction is written everywhere. */
    String stateAtRest() {
        return settled(() -> describe().transactionState(), state -> state.startsWith("Prepare"));
    }

    List<String> list() {
        ListTransactionsResponse answer = connection.call(
                new ListTransactionsRequest.Builder(new ListTransactionsRequestData()).build((short) 1));
        return answer.data().transactionStates().stream()
                .map(each -> each.transactionalId() + " " + each.transactionState())
                .toList();
    }

    /** What the group has committed for the partition, as one who wants to see nothing open sees it. */
    OffsetFetchResponsePartitions committed(TopicPartition partition) {
        var request = new OffsetFetchRequestData()
                .setRequireStable(true)
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(GROUP)
                        .setTopics(List.of(new OffsetFetchRequestTopics()
                                .setName(partition.topic())
                                .setPartitionIndexes(List.of(partition.partition()))))));
        OffsetFetchResponse answer = connection.call(
                OffsetFetchRequest.Builder.forTopicNames(request, true).build());
        return answer.group(GROUP).topics().getFirst().partitions().getFirst();
    }
}
