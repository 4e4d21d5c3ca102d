package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransactionCollection;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AddOffsetsToTxnResponse;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ListTransactionsResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;
import org.apache.kafka.common.requests.WriteTxnMarkersResponse;

/** What is asked of the APIs of transactions in every version; transactional id, topic and group are named alike. */
final class TransactionScenarios {

    /** The last version that clients use to add partitions; later ones are the brokers'. */
    private static final short CLIENTS_ADD = 3;

    /** The first version of EndTxn that gives each transaction an epoch of its own (KIP-890). */
    private static final short EPOCH_PER_TRANSACTION = 5;

    /** A producer whose transaction has not begun. */
    private record Producer(Scenarios.Setting setting, long id, short epoch) {

        String name() {
            return setting.name();
        }

        /** Adds the topic's only partition. */
        Errors add(short version) {
            AddPartitionsToTxnResponse answer = ask(ApiKeys.ADD_PARTITIONS_TO_TXN, version, adding(version));
            var topic = version <= CLIENTS_ADD
                    ? answer.data().resultsByTopicV3AndBelow().find(name())
                    : answer.data()
                            .resultsByTransaction()
                            .find(name())
                            .topicResults()
                            .find(name());
            return Errors.forCode(topic.resultsByPartition().find(0).partitionErrorCode());
        }

        private AddPartitionsToTxnRequestData adding(short version) {
            var topics = new AddPartitionsToTxnTopicCollection();
            topics.add(new AddPartitionsToTxnTopic().setName(name()).setPartitions(List.of(0)));
            var request = new AddPartitionsToTxnRequestData();
            if (version <= CLIENTS_ADD) {
                return request.setV3AndBelowTransactionalId(name())
                        .setV3AndBelowProducerId(id)
                        .setV3AndBelowProducerEpoch(epoch)
                        .setV3AndBelowTopics(topics);
            }
            var transactions = new AddPartitionsToTxnTransactionCollection();
            transactions.add(new AddPartitionsToTxnTransaction()
                    .setTransactionalId(name())
                    .setProducerId(id)
                    .setProducerEpoch(epoch)
                    .setTopics(topics));
            return request.setTransactions(transactions);
        }

        void addOffsets(short version) {
            AddOffsetsToTxnResponse answer = ask(
                    ApiKeys.ADD_OFFSETS_TO_TXN,
                    version,
                    new AddOffsetsToTxnRequestData()
                            .setTransactionalId(name())
                            .setProducerId(id)
                            .setProducerEpoch(epoch)
                            .setGroupId(name()));
            assertNone(answer.data().errorCode());
        }

        EndTxnResponse end(short version) {
            EndTxnResponse answer = ask(
                    ApiKeys.END_TXN,
                    version,
                    new EndTxnRequestData()
                            .setTransactionalId(name())
                            .setProducerId(id)
                            .setProducerEpoch(epoch)
                            .setCommitted(true));
            assertNone(answer.data().errorCode());
            return answer;
        }

        private <T extends AbstractResponse> T ask(ApiKeys api, short version, ApiMessage request) {
            return setting.connection().ask(api, version, request);
        }
    }

    private TransactionScenarios() {}

    static void addPartitions(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        assertEquals(Errors.NONE, producer.add(setting.version()));
        producer.end((short) 3);
    }

    static void addOffsets(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        producer.addOffsets(setting.version());
        producer.end((short) 3);
    }

    static void end(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        assertEquals(Errors.NONE, producer.add(CLIENTS_ADD));
        EndTxnResponse answer = producer.end(setting.version());
        if (setting.from(EPOCH_PER_TRANSACTION)) {
            assertEquals(producer.id, answer.data().producerId());
            assertEquals(producer.epoch + 1, answer.data().producerEpoch());
        }
    }

    static void commitOffsets(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        if (!setting.from(EPOCH_PER_TRANSACTION)) producer.addOffsets((short) 3);
        TxnOffsetCommitResponse answer = setting.ask(
                ApiKeys.TXN_OFFSET_COMMIT,
                new TxnOffsetCommitRequestData()
                        .setTransactionalId(setting.name())
                        .setGroupId(setting.name())
                        .setProducerId(producer.id)
                        .setProducerEpoch(producer.epoch)
                        .setTopics(List.of(new TxnOffsetCommitRequestTopic()
                                .setName(setting.name())
                                .setPartitions(List.of(new TxnOffsetCommitRequestPartition()
                                        .setPartitionIndex(0)
                                        .setCommittedOffset(7))))));
        assertNone(answer.data().topics().getFirst().partitions().getFirst().errorCode());
        producer.end(setting.from(EPOCH_PER_TRANSACTION) ? EPOCH_PER_TRANSACTION : (short) 3);
        Await.that(
                () -> {
                    var offsets = Clients.get(setting.clients()
                            .admin()
                            .listConsumerGroupOffsets(setting.name())
                            .partitionsToOffsetAndMetadata());
                    return offsets.values().stream().anyMatch(offset -> offset != null && offset.offset() == 7);
                },
                "the offset is committed");
    }

    static void writeMarkers(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        WriteTxnMarkersResponse answer = setting.ask(
                ApiKeys.WRITE_TXN_MARKERS,
                new WriteTxnMarkersRequestData()
                        .setMarkers(List.of(new WritableTxnMarker()
                                .setProducerId(producer.id)
                                .setProducerEpoch(producer.epoch)
                                .setTransactionResult(false)
                                .setCoordinatorEpoch(0)
                                .setTopics(List.of(new WritableTxnMarkerTopic()
                                        .setName(setting.name())
                                        .setPartitionIndexes(List.of(0)))))));
        var marked = answer.data().markers().getFirst();
        assertEquals(producer.id, marked.producerId());
        assertNone(marked.topics().getFirst().partitions().getFirst().errorCode());
    }

    static void describe(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        DescribeTransactionsResponse answer = setting.ask(
                ApiKeys.DESCRIBE_TRANSACTIONS,
                new DescribeTransactionsRequestData()
                        .setTransactionalIds(List.of(setting.name(), setting.name() + "-unknown")));
        var known = answer.data().transactionStates().getFirst();
        assertNone(known.errorCode());
        assertEquals("Empty", known.transactionState());
        assertEquals(producer.id, known.producerId());
        assertEquals(
                Errors.TRANSACTIONAL_ID_NOT_FOUND,
                Errors.forCode(answer.data().transactionStates().getLast().errorCode()));
    }

    static void list(Scenarios.Setting setting) {
        Producer producer = begin(setting);
        ListTransactionsResponse answer = setting.ask(
                ApiKeys.LIST_TRANSACTIONS,
                new ListTransactionsRequestData()
                        .setProducerIdFilters(List.of(producer.id))
                        .setStateFilters(List.of("Empty")));
        assertNone(answer.data().errorCode());
        assertTrue(
                answer.data().transactionStates().stream()
                        .anyMatch(one -> one.transactionalId().equals(setting.name())),
                answer::toString);
    }

    /** Creates the topic, and the producer as soon as there is a coordinator for it. */
    private static Producer begin(Scenarios.Setting setting) {
        setting.topic(1);
        awaitCoordinator(setting, CoordinatorType.TRANSACTION);
        awaitCoordinator(setting, CoordinatorType.GROUP);
        var request = new InitProducerIdRequestData()
                .setTransactionalId(setting.name())
                .setTransactionTimeoutMs(60_000);
        InitProducerIdResponse[] answer = new InitProducerIdResponse[1];
        Await.that(
                () -> {
                    answer[0] = setting.connection().ask(ApiKeys.INIT_PRODUCER_ID, (short) 5, request);
                    return answer[0].data().errorCode() == Errors.NONE.code();
                },
                "the producer has an id");
        return new Producer(
                setting, answer[0].data().producerId(), answer[0].data().producerEpoch());
    }

    private static void awaitCoordinator(Scenarios.Setting setting, CoordinatorType type) {
        var request =
                new FindCoordinatorRequestData().setKeyType(type.id()).setCoordinatorKeys(List.of(setting.name()));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer =
                            setting.connection().ask(ApiKeys.FIND_COORDINATOR, (short) 6, request);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
    }

    private static void assertNone(short errorCode) {
        assertEquals(Errors.NONE, Errors.forCode(errorCode));
    }
}
