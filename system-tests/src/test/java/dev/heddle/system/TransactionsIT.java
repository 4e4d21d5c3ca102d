package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** Transactions, as Apache's Java clients and tools use them. */
class TransactionsIT extends AgainstABroker {

    /** A transaction that is committed, as Kafka's records write it. */
    private static final int COMPLETE_COMMIT = 4;

    private static final String TRANSACTIONS = "org.apache.kafka.tools.TransactionsCommand";
    private static final String COPIER = "org.apache.kafka.tools.TransactionalMessageCopier";

    private static KafkaProducer<String, String> producer(String transactionalId, Map<String, ?> more) {
        var settings = new HashMap<String, Object>(more);
        settings.put("transactional.id", transactionalId);
        KafkaProducer<String, String> producer = clients.producer(settings);
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<String, String> producer, TopicPartition to, String... values) {
        for (String value : values) get(producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, value)));
    }

    private static List<String> committed(TopicPartition partition) {
        return Clients.values(clients.readAll(partition, "read_committed"));
    }

    private static TopicPartition newPartition() {
        var partition = new TopicPartition(newTopic(), 0);
        clients.createTopic(partition.topic(), 2);
        return partition;
    }

    @Test
    void whatIsCommittedIsSeenAndWhatIsAbortedIsNot() {
        TopicPartition first = newPartition();
        var second = new TopicPartition(first.topic(), 1);
        KafkaProducer<String, String> producer = producer(newTopic(), Map.of());
        for (int i = 0; i < 5; i++) {
            producer.beginTransaction();
            send(producer, first, "committed-" + i);
            send(producer, second, "committed-" + i);
            producer.commitTransaction();
            producer.beginTransaction();
            send(producer, first, "aborted-" + i);
            producer.abortTransaction();
        }
        producer.beginTransaction();
        send(producer, second, "open");
        List<String> expected =
                Stream.of(0, 1, 2, 3, 4).map(i -> "committed-" + i).toList();
        assertEquals(expected, committed(first));
        assertEquals(expected, committed(second));
        assertEquals(10, clients.readAll(first, "read_uncommitted").size());
        assertEquals(6, clients.readAll(second, "read_uncommitted").size());
        producer.commitTransaction();
        Await.that(() -> committed(second).contains("open"), "the last transaction is seen");
    }

    @Test
    void offsetsMoveWithTheirTransaction() {
        TopicPartition from = newPartition();
        TopicPartition to = newPartition();
        String group = newTopic();
        send(clients.producer(Map.of()), from, "a", "b", "c", "d");
        KafkaProducer<String, String> producer = producer(newTopic(), Map.of());
        KafkaConsumer<String, String> consumer = clients.consumer(Map.of("group.id", group));
        consumer.subscribe(Set.of(from.topic()));
        Clients.poll(consumer, 4);
        producer.beginTransaction();
        send(producer, to, "A");
        producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(1)), consumer.groupMetadata());
        producer.commitTransaction();
        Await.that(() -> committed(to).equals(List.of("A")), "the first is committed");
        assertEquals(1, clients.committed(group, from));
        producer.beginTransaction();
        send(producer, to, "B");
        producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(2)), consumer.groupMetadata());
        producer.abortTransaction();
        producer.beginTransaction();
        producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(3)), consumer.groupMetadata());
        assertEquals(1, clients.committed(group, from));
        producer.commitTransaction();
        Await.that(() -> clients.committed(group, from) == 3, "the third is committed");
        assertEquals(List.of("A"), committed(to));
    }

    @Test
    void aProducerThatBeginsFencesTheOneBeforeIt() {
        TopicPartition partition = newPartition();
        String id = newTopic();
        KafkaProducer<String, String> zombie = producer(id, Map.of());
        zombie.beginTransaction();
        send(zombie, partition, "of the zombie");
        KafkaProducer<String, String> successor = producer(id, Map.of());
        successor.beginTransaction();
        send(successor, partition, "of the successor");
        successor.commitTransaction();
        assertThrows(KafkaException.class, () -> {
            send(zombie, partition, "too late");
            zombie.commitTransaction();
        });
        zombie.close(Duration.ZERO);
        Await.that(() -> committed(partition).equals(List.of("of the successor")), "only the successor's is seen");
    }

    @Test
    void aTransactionThatTakesTooLongIsAborted() {
        TopicPartition partition = newPartition();
        KafkaProducer<String, String> producer = producer(newTopic(), Map.of("transaction.timeout.ms", "300"));
        producer.beginTransaction();
        send(producer, partition, "too long");
        send(clients.producer(Map.of()), partition, "waiting");
        Await.that(() -> committed(partition).equals(List.of("waiting")), "the transaction is aborted");
        assertThrows(KafkaException.class, producer::commitTransaction);
        producer.close(Duration.ZERO);
    }

    @Test
    void producersCanBeFencedByAnAdministrator() {
        TopicPartition partition = newPartition();
        String id = newTopic();
        KafkaProducer<String, String> producer = producer(id, Map.of());
        producer.beginTransaction();
        send(producer, partition, "fenced");
        get(clients.admin().fenceProducers(List.of(id)).all());
        assertThrows(KafkaException.class, () -> {
            send(producer, partition, "later");
            producer.commitTransaction();
        });
        producer.close(Duration.ZERO);
        Await.that(() -> state(id) == TransactionState.EMPTY, "the producer has begun anew");
        assertEquals(List.of(), committed(partition));
    }

    private static TransactionState state(String id) {
        return get(clients.admin().describeTransactions(List.of(id)).description(id))
                .state();
    }

    @Test
    void transactionsAreDescribedAndListedWithEveryFilter() {
        TopicPartition partition = newPartition();
        String id = newTopic();
        KafkaProducer<String, String> producer = producer(id, Map.of("transaction.timeout.ms", "55000"));
        producer.beginTransaction();
        send(producer, partition, "open");
        var description = get(clients.admin().describeTransactions(List.of(id)).description(id));
        assertEquals(TransactionState.ONGOING, description.state());
        assertEquals(Set.of(partition), description.topicPartitions());
        assertEquals(55_000, description.transactionTimeoutMs());
        assertTrue(description.transactionStartTimeMs().isPresent());
        long producerId = description.producerId();
        assertEquals(List.of(id), listed(new ListTransactionsOptions().filterProducerIds(Set.of(producerId))));
        assertEquals(
                List.of(id),
                listed(new ListTransactionsOptions()
                        .filterStates(Set.of(TransactionState.ONGOING))
                        .filterOnTransactionalIdPattern(".*" + id)));
        assertEquals(
                List.of(),
                listed(new ListTransactionsOptions().filterOnDuration(600_000).filterOnTransactionalIdPattern(id)));
        assertEquals(
                List.of(),
                listed(new ListTransactionsOptions()
                        .filterStates(Set.of(TransactionState.EMPTY))
                        .filterProducerIds(Set.of(producerId))));
        producer.abortTransaction();
    }

    private static List<String> listed(ListTransactionsOptions options) {
        return get(clients.admin().listTransactions(options).all()).stream()
                .map(each -> each.transactionalId())
                .toList();
    }

    @Test
    void apachesCopierCopiesExactlyOnce() {
        assumeTrue(strategy.equals("virtual"), "the tool is as slow with every strategy");
        TopicPartition from = newPartition();
        TopicPartition to = newPartition();
        KafkaProducer<String, String> producer = clients.producer(Map.of());
        for (int i = 0; i < 500; i++) producer.send(new ProducerRecord<>(from.topic(), 0, null, "value-" + i));
        producer.flush();
        Tool.apache(
                        COPIER,
                        "--broker-list",
                        broker.bootstrap(),
                        "--input-topic",
                        from.topic(),
                        "--input-partition",
                        "0",
                        "--output-topic",
                        to.topic(),
                        "--transactional-id",
                        newTopic(),
                        "--consumer-group",
                        newTopic(),
                        "--transaction-size",
                        "37",
                        "--enable-random-aborts",
                        "--max-messages",
                        "500")
                .succeeded();
        Stream<String> copied = Stream.of(0, 1).flatMap(i -> committed(new TopicPartition(to.topic(), i)).stream());
        assertEquals(
                Clients.values(clients.readAll(from, "read_committed")).stream()
                        .sorted()
                        .toList(),
                copied.sorted().toList());
    }

    @Test
    void apachesToolsShowTransactions() {
        assumeTrue(strategy.equals("virtual"), "the tools are as slow with every strategy");
        TopicPartition partition = newPartition();
        String id = newTopic();
        KafkaProducer<String, String> producer = producer(id, Map.of());
        producer.beginTransaction();
        send(producer, partition, "open");
        String listed = tool("list");
        assertTrue(listed.contains(id) && listed.contains("Ongoing"), listed);
        String described = tool("describe", "--transactional-id", id);
        assertTrue(described.contains(partition.toString()), described);
        String producers = tool("describe-producers", "--topic", partition.topic(), "--partition", "0");
        assertTrue(producers.lines().count() >= 2, producers);
        String hanging = tool("find-hanging", "--topic", partition.topic());
        assertEquals(1, hanging.lines().count(), hanging);
        producer.commitTransaction();
        Await.that(() -> state(id) == TransactionState.COMPLETE_COMMIT, "the transaction is complete");
        String decoded = Tool.apache(
                        "org.apache.kafka.tools.DumpLogSegments",
                        "--transaction-log-decoder",
                        "--files",
                        logOf(id).toString())
                .succeeded();
        String committed = "\"transactionStatus\":" + COMPLETE_COMMIT;
        assertTrue(decoded.contains(id) && decoded.contains(committed), decoded);
    }

    private static Path logOf(String id) {
        int partition = Utils.abs(id.hashCode()) % 50;
        return broker.data().resolve("__transaction_state-" + partition + "/00000000000000000000.log");
    }

    private static String tool(String... arguments) {
        String[] all = Stream.concat(Stream.of("--bootstrap-server", broker.bootstrap()), Stream.of(arguments))
                .toArray(String[]::new);
        return Tool.apache(TRANSACTIONS, all).succeeded();
    }
}
