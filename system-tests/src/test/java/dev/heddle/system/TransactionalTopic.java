package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * Transactions: committed, aborted, and two that are open at the hand-over. The next broker goes on where the last one
 * stopped: the producer of one open transaction writes more and commits, the other one's successor has it aborted.
 */
final class TransactionalTopic implements Cargo, AutoCloseable {

    private static final TopicPartition PARTITION = new TopicPartition("transactional", 0);
    private static final String GROUP = "transactional-group";

    private enum Fate {
        NO_TRANSACTION,
        OPEN,
        COMMITTED,
        ABORTED
    }

    /** Some records of one transaction; its fate is decided later, perhaps at another stop. */
    private static final class Written {
        private final List<String> values = new ArrayList<>();
        private long firstOffset = -1;
        private Fate fate;

        Written(Fate fate) {
            this.fate = fate;
        }
    }

    private final List<Written> log = new ArrayList<>();
    private int records;
    private long committedOffset;

    /** It has an open transaction, with these records; null before the first stop. */
    private KafkaProducer<String, String> survivor;

    private final List<Written> survivors = new ArrayList<>();
    private long pendingOffset;

    /** It has an open transaction too; null before the first stop. */
    private KafkaProducer<String, String> abandoned;

    private Written abandonedRecords;

    @Override
    public void load(Stop stop) {
        if (log.isEmpty()) stop.clients().createLedTopic(PARTITION.topic(), 1, Map.of("index.interval.bytes", "100"));
        if (survivor != null) endWhatIsOpen(stop);
        try (var producer = stop.clients().producer(Map.of())) {
            write(producer, Fate.NO_TRANSACTION);
        }
        try (var producer = transactional(stop, "short")) {
            producer.beginTransaction();
            write(producer, Fate.ABORTED);
            sendOffset(stop, producer, committedOffset + 1000);
            producer.abortTransaction();
            producer.beginTransaction();
            write(producer, Fate.COMMITTED);
            sendOffset(stop, producer, ++committedOffset);
            producer.commitTransaction();
        }
        leaveOpen(stop);
        try (var producer = transactional(stop, "short")) {
            producer.beginTransaction();
            write(producer, Fate.ABORTED);
            producer.abortTransaction();
        }
    }

    private static KafkaProducer<String, String> transactional(Stop stop, String id) {
        // Not closed with the stop's other clients: that would end the transaction.
        KafkaProducer<String, String> producer =
                stop.clients().lastingProducer(Map.of("transactional.id", id, "transaction.timeout.ms", "900000"));
        producer.initTransactions();
        return producer;
    }

    private static void sendOffset(Stop stop, KafkaProducer<String, String> producer, long offset) {
        try (var consumer = stop.clients().consumer(Map.of("group.id", GROUP))) {
            producer.sendOffsetsToTransaction(
                    Map.of(PARTITION, new OffsetAndMetadata(offset)), consumer.groupMetadata());
        }
    }

    private Written write(KafkaProducer<String, String> producer, Fate fate) {
        var written = new Written(fate);
        for (int i = 0; i < 5; i++) {
            String value = "value-" + records++;
            long offset = get(producer.send(new ProducerRecord<>(PARTITION.topic(), 0, "key", value)))
                    .offset();
            if (i == 0) written.firstOffset = offset;
            written.values.add(value);
        }
        log.add(written);
        return written;
    }

    private void leaveOpen(Stop stop) {
        if (survivor == null) survivor = transactional(stop, "survivor");
        survivor.beginTransaction();
        survivors.add(write(survivor, Fate.OPEN));
        pendingOffset = committedOffset + 100;
        sendOffset(stop, survivor, pendingOffset);
        abandoned = transactional(stop, "abandoned");
        abandoned.beginTransaction();
        abandonedRecords = write(abandoned, Fate.OPEN);
    }

    private void endWhatIsOpen(Stop stop) {
        survivors.add(write(survivor, Fate.OPEN));
        survivor.commitTransaction();
        survivors.forEach(written -> written.fate = Fate.COMMITTED);
        survivors.clear();
        committedOffset = pendingOffset;
        transactional(stop, "abandoned").close();
        abandonedRecords.fate = Fate.ABORTED;
        abandoned.close(Duration.ZERO);
        check(stop);
    }

    @Override
    public void check(Stop stop) {
        if (log.isEmpty()) return;
        var all = new ArrayList<String>();
        var committed = new ArrayList<String>();
        long lastStableOffset = -1;
        for (Written written : log) {
            all.addAll(written.values);
            if (written.fate == Fate.OPEN && lastStableOffset < 0) lastStableOffset = written.firstOffset;
            if (written.fate != Fate.ABORTED && lastStableOffset < 0) committed.addAll(written.values);
        }
        Clients clients = stop.clients();
        assertEquals(all, values(clients.readAll(PARTITION, "read_uncommitted")), stop.name());
        assertEquals(committed, values(clients.readAll(PARTITION, "read_committed")), stop.name());
        if (lastStableOffset >= 0) assertEquals(lastStableOffset, endOffset(clients), stop.name());
        assertEquals(openTransactions(), transactionStarts(clients), stop.name());
        if (committedOffset > 0) {
            assertEquals(committedOffset, clients.committed(GROUP, PARTITION), stop.name());
        }
    }

    private static List<String> values(List<ConsumerRecord<String, String>> records) {
        return Clients.values(records);
    }

    private static long endOffset(Clients clients) {
        return get(clients.admin()
                        .listOffsets(
                                Map.of(PARTITION, OffsetSpec.latest()),
                                new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .partitionResult(PARTITION))
                .offset();
    }

    private List<Long> openTransactions() {
        return abandonedRecords == null || abandonedRecords.fate != Fate.OPEN
                ? List.of()
                : List.of(survivors.getFirst().firstOffset, abandonedRecords.firstOffset);
    }

    private static List<Long> transactionStarts(Clients clients) {
        return get(clients.admin().describeProducers(List.of(PARTITION)).partitionResult(PARTITION))
                .activeProducers()
                .stream()
                .filter(producer -> producer.currentTransactionStartOffset().isPresent())
                .map(producer -> producer.currentTransactionStartOffset().getAsLong())
                .sorted()
                .toList();
    }

    /** Both kinds of transaction went along. */
    void assertTravelled() {
        for (Fate fate : Fate.values()) {
            assertTrue(log.stream().anyMatch(written -> written.fate == fate), fate.name());
        }
    }

    @Override
    public void close() {
        if (survivor != null) survivor.close(Duration.ZERO);
        if (abandoned != null) abandoned.close(Duration.ZERO);
    }
}
