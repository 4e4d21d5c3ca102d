package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions before KIP-890: in a cluster whose {@code transaction.version} is 1, and where nothing is verified. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OlderTransactionsIT {

    private static final String ID = "older";
    private static final String GROUP = "older-group";
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);

    /** Longer ago than any transaction may take. */
    private static final Duration LONG_AGO = Duration.ofHours(1);

    @TempDir
    Path directory;

    private ApacheKafka kafka;
    private ConsumerGroupMetadata group;

    @BeforeEach
    void format() {
        kafka = ApacheKafka.on(directory, List.of(directory.resolve("data")));
        kafka.format("--feature", "transaction.version=1");
    }

    @Test
    void aProducerAddsEachPartitionAndKeepsItsEpoch() {
        try (var broker = BrokerProcess.startWithConfig(kafka.config());
                var clients = new Clients(broker.bootstrap())) {
            var level =
                    get(clients.admin().describeFeatures().featureMetadata()).finalizedFeatures();
            assertEquals(1, level.get("transaction.version").maxVersionLevel());
            clients.createTopic(FIRST.topic(), 2);
            group = clients.consumer(Map.of("group.id", GROUP)).groupMetadata();
            KafkaProducer<String, String> producer = producer(clients);
            commit(producer, "one", 1);
            int epoch = completed(clients).producerEpoch();
            abort(producer, "two", 2);
            commit(producer, "three", 3);
            assertEquals(epoch, completed(clients).producerEpoch(), "no epoch for each transaction");
            assertEquals(List.of("one", "three"), Clients.values(clients.readAll(FIRST, "read_committed")));
            assertEquals(List.of("one", "three"), Clients.values(clients.readAll(SECOND, "read_committed")));
            Await.that(() -> clients.committed(GROUP, FIRST) == 3, "the last offset counts");
            isFencedByASuccessor(producer, clients);
            assertEquals(0, broker.stop(), broker::printed);
        }
    }

    private static KafkaProducer<String, String> producer(Clients clients) {
        KafkaProducer<String, String> producer = clients.producer(Map.of("transactional.id", ID));
        producer.initTransactions();
        return producer;
    }

    private void begin(KafkaProducer<String, String> producer, String value, long offset) {
        producer.beginTransaction();
        for (TopicPartition each : List.of(FIRST, SECOND)) {
            get(producer.send(new ProducerRecord<>(each.topic(), each.partition(), null, value)));
        }
        producer.sendOffsetsToTransaction(Map.of(FIRST, new OffsetAndMetadata(offset)), group);
    }

    private void commit(KafkaProducer<String, String> producer, String value, long offset) {
        begin(producer, value, offset);
        producer.commitTransaction();
    }

    private void abort(KafkaProducer<String, String> producer, String value, long offset) {
        begin(producer, value, offset);
        producer.abortTransaction();
    }

    private static TransactionDescription completed(Clients clients) {
        Await.that(() -> describe(clients).state().toString().startsWith("Complete"), "the transaction is complete");
        return describe(clients);
    }

    private static TransactionDescription describe(Clients clients) {
        return get(clients.admin().describeTransactions(List.of(ID)).description(ID));
    }

    private void isFencedByASuccessor(KafkaProducer<String, String> zombie, Clients clients) {
        zombie.beginTransaction();
        KafkaProducer<String, String> successor = producer(clients);
        commit(successor, "of the successor", 4);
        assertThrows(KafkaException.class, () -> {
            get(zombie.send(new ProducerRecord<>(FIRST.topic(), 0, null, "too late")));
            zombie.commitTransaction();
        });
        zombie.close(Duration.ZERO);
    }

    @Test
    void aHangingTransactionIsFoundAndAbortedWithApachesTool() {
        var flags = List.of("--override", "transaction.partition.verification.enable=false");
        try (var broker = BrokerProcess.startWithConfig(kafka.config(), flags, Map.of());
                var clients = new Clients(broker.bootstrap())) {
            clients.createTopic(FIRST.topic(), 2);
            leaveHanging(broker, clients);
            get(clients.producer(Map.of()).send(new ProducerRecord<>(FIRST.topic(), 0, null, "held back")));
            assertEquals(List.of(), Clients.values(clients.readAll(SECOND, "read_committed")));
            assertEquals(0, lastStable(clients));
            String found = tool(broker, "find-hanging", "--topic", FIRST.topic());
            assertEquals(2, found.lines().count(), found);
            tool(broker, "abort", "--topic", FIRST.topic(), "--partition", "0", "--start-offset", "0");
            assertEquals(List.of("held back"), Clients.values(clients.readAll(FIRST, "read_committed")));
            assertEquals(0, broker.stop(), broker::printed);
        }
    }

    private static long lastStable(Clients clients) {
        var consumer = clients.consumer(Map.of("isolation.level", "read_committed"));
        return consumer.endOffsets(Set.of(FIRST)).get(FIRST);
    }

    /** Records of a transaction that no coordinator knows of. */
    private static void leaveHanging(BrokerProcess broker, Clients clients) {
        long longAgo = System.currentTimeMillis() - LONG_AGO.toMillis();
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE, 4711, (short) 0, 0, new SimpleRecord(longAgo, "hanging".getBytes()));
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(FIRST.topic())
                .setPartitionData(List.of(new PartitionProduceData().setIndex(0).setRecords(records))));
        var request = new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTransactionalId("nobody's")
                .setTopicData(topics);
        try (var connection = new RawConnection(broker.port())) {
            ProduceResponse answer = connection.ask(ApiKeys.PRODUCE, (short) 10, request);
            var partition = answer.data()
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .getFirst();
            assertEquals(Errors.NONE, Errors.forCode(partition.errorCode()));
        }
    }

    private static String tool(BrokerProcess broker, String... arguments) {
        String[] all = Stream.concat(Stream.of("--bootstrap-server", broker.bootstrap()), Stream.of(arguments))
                .toArray(String[]::new);
        return Tool.apache("org.apache.kafka.tools.TransactionsCommand", all).succeeded();
    }
}
