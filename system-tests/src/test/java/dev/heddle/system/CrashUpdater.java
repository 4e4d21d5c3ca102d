package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Gives keys of a compacted topic ever higher values. */
final class CrashUpdater extends CrashWorker {

    private static final int KEYS = 100;

    private final Clients clients;
    private final TopicPartition partition;
    private final KafkaProducer<String, String> producer;
    private final Random random = new Random();

    /** The latest value of each key; all are acknowledged in the end. */
    private final int[] latest = new int[KEYS];

    private int updates;

    CrashUpdater(Clients clients, TopicPartition partition) {
        super("updater of " + partition);
        this.clients = clients;
        this.partition = partition;
        this.producer = clients.producer(CrashWriter.PERSISTENT);
    }

    @Override
    void step() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(10)));
        int key = random.nextInt(KEYS);
        latest[key] = ++updates;
        producer.send(new ProducerRecord<>(
                partition.topic(), partition.partition(), String.valueOf(key), String.valueOf(updates)));
    }

    @Override
    void finish() {
        super.finish();
        producer.flush();
    }

    @Override
    void verify(String context) {
        var found = new int[KEYS];
        int[] previous = {0};
        clients.forEach(partition, record -> {
            int value = Integer.parseInt(record.value());
            assertTrue(value > previous[0], () -> value + " after " + previous[0] + " in " + partition + " " + context);
            previous[0] = value;
            found[Integer.parseInt(record.key())] = value;
        });
        assertEquals(Arrays.toString(latest), Arrays.toString(found), () -> partition + " " + context);
        assertEquals(updates, clients.endOffset(partition), () -> partition + " " + context);
    }
}
