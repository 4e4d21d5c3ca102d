package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Writes consecutive numbers to one partition, idempotently and with acks=all, so that each has its own value as offset. */
final class CrashWriter extends CrashWorker {

    private static final int MAX_IN_FLIGHT = 500;
    private static final int MAX_BURST = 60;
    private static final int MAX_PADDING = 400;

    /** The settings that make a client come back soon. */
    static final Map<String, String> PERSISTENT = Map.of(
            "acks", "all",
            "linger.ms", "2",
            "reconnect.backoff.max.ms", "50",
            "retry.backoff.max.ms", "50",
            "delivery.timeout.ms", "120000");

    private final Clients clients;
    private final TopicPartition partition;
    private final KafkaProducer<String, String> producer;
    private final Random random = new Random();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private int sent;

    CrashWriter(Clients clients, TopicPartition partition, String codec) {
        super("writer of " + partition);
        this.clients = clients;
        this.partition = partition;
        this.producer = clients.producer(with(PERSISTENT, "compression.type", codec));
    }

    static Map<String, String> with(Map<String, String> settings, String key, String value) {
        var all = new java.util.HashMap<>(settings);
        all.put(key, value);
        return all;
    }

    /** Everything below this number is acknowledged. */
    int acknowledged() {
        return acknowledged.get();
    }

    @Override
    void step() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
        int room = MAX_IN_FLIGHT - (sent - acknowledged.get() - refused.get());
        for (int burst = Math.min(room, random.nextInt(MAX_BURST)); burst > 0; burst--) {
            String value = (sent++) + "-" + "x".repeat(random.nextInt(MAX_PADDING));
            producer.send(
                    new ProducerRecord<>(partition.topic(), partition.partition(), null, value), (answer, refusal) -> {
                        if (refusal == null) acknowledged.incrementAndGet();
                        else refused.incrementAndGet();
                    });
        }
    }

    @Override
    void finish() {
        super.finish();
        producer.flush();
    }

    @Override
    void verify(String context) {
        assertEquals(0, refused.get(), () -> "refused " + partition + " " + context);
        assertEquals(sent, acknowledged.get());
        assertTrue(sent > 0);
        clients.forEach(partition, record -> {
            String value = record.value();
            assertEquals(
                    String.valueOf(record.offset()),
                    value.substring(0, value.indexOf('-')),
                    () -> partition + " " + context);
        });
        assertEquals(sent, clients.endOffset(partition), () -> partition + " " + context);
    }
}
