package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kills the broker under load, at random moments, and looks at what is left: every acknowledged record exactly once and
 * in order, every acknowledged commit. {@code -Dheddle.crash.kills=…} makes a longer run, {@code
 * -Dheddle.crash.seed=…} another one.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CrashIT {

    private static final int PARTITIONS = 4;
    private static final String TOPIC = "crash";
    private static final String GROUP = "crash-group";
    private static final TopicPartition COMMITTED = new TopicPartition(TOPIC, 0);

    @ParameterizedTest(name = "handlers={0}, kills={1}")
    @CsvSource({"virtual, 20", "platform, 5", "inline, 5"})
    void everythingAcknowledgedIsStillThere(String strategy, int kills) {
        int rounds = Integer.getInteger("heddle.crash.kills", kills);
        long seed = Long.getLong("heddle.crash.seed", System.nanoTime());
        var random = new Random(seed);
        Path data = AgainstABroker.newDirectory("crash");
        // Small segments, so that kills also fall into rolls.
        try (var broker = BrokerProcess.start(data, strategy, "log.segment.bytes=1048576");
                var clients = new Clients(broker.bootstrap())) {
            clients.createTopic(TOPIC, PARTITIONS);
            var writers = new ArrayList<Writer>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                writers.add(new Writer(clients, partition, partition % 2 == 0 ? "none" : "zstd"));
            }
            var committer = new Committer(clients);
            for (int kill = 0; kill < rounds; kill++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + random.nextInt(900)));
                broker.kill();
                broker.start();
            }
            writers.forEach(Writer::finish);
            committer.finish();
            for (Writer writer : writers) writer.verify(clients, seed);
            committer.verify(clients, seed);
            assertEquals(0, broker.stop(), broker::printed);
        }
        AgainstABroker.deleteRecursively(data);
    }

    /** A thread that does something over and over until it is told to finish, and reports what went wrong. */
    private abstract static class Worker {

        private final Thread thread;
        private volatile boolean finishing;
        private volatile Throwable failure;

        Worker(String name) {
            thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        }

        final void begin() {
            thread.start();
        }

        private void run() {
            try {
                while (!finishing) step();
            } catch (Throwable e) {
                failure = e;
            }
        }

        abstract void step();

        void finish() {
            finishing = true;
            try {
                thread.join(TimeUnit.MINUTES.toMillis(2));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertTrue(!thread.isAlive(), () -> thread.getName() + " hangs");
            if (failure != null) throw new AssertionError(failure);
        }
    }

    /** Writes consecutive numbers to one partition, idempotently and with acks=all. */
    private static final class Writer extends Worker {

        private static final int MAX_IN_FLIGHT = 500;

        private final KafkaProducer<String, String> producer;
        private final int partition;
        private final AtomicInteger acknowledged = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private int sent;

        Writer(Clients clients, int partition, String codec) {
            super("writer-" + partition);
            this.partition = partition;
            producer = clients.producer(Map.of(
                    "acks", "all",
                    "compression.type", codec,
                    "linger.ms", "2",
                    "reconnect.backoff.max.ms", "100",
                    "retry.backoff.max.ms", "100",
                    "delivery.timeout.ms", "120000"));
            begin();
        }

        @Override
        void step() {
            if (sent - acknowledged.get() - refused.get() >= MAX_IN_FLIGHT) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                return;
            }
            String value = (sent++) + "-" + "x".repeat(200);
            producer.send(new ProducerRecord<>(TOPIC, partition, null, value), (answer, refusal) -> {
                if (refusal == null) acknowledged.incrementAndGet();
                else refused.incrementAndGet();
            });
        }

        @Override
        void finish() {
            super.finish();
            producer.flush();
        }

        void verify(Clients clients, long seed) {
            assertEquals(0, refused.get(), () -> "refused, seed=" + seed);
            assertEquals(sent, acknowledged.get());
            assertTrue(sent > 0);
            try (KafkaConsumer<String, String> consumer = clients.consumer(Map.of())) {
                consumer.assign(List.of(new TopicPartition(TOPIC, partition)));
                List<String> found = Clients.values(Clients.poll(consumer, sent)).stream()
                        .map(value -> value.substring(0, value.indexOf('-')))
                        .toList();
                assertEquals(sent, found.size(), () -> "records, seed=" + seed);
                for (int i = 0; i < sent; i++) {
                    int expected = i;
                    assertEquals(
                            String.valueOf(i),
                            found.get(i),
                            () -> "partition=" + partition + " at=" + expected + " seed=" + seed);
                }
            }
        }
    }

    /** Commits ever higher offsets. */
    private static final class Committer extends Worker {

        private final KafkaConsumer<String, String> consumer;
        private volatile long attempted;
        private volatile long acknowledged;

        Committer(Clients clients) {
            super("committer");
            consumer = clients.consumer(Map.of(
                    "group.id", GROUP,
                    "enable.auto.commit", "false",
                    "reconnect.backoff.max.ms", "100",
                    "default.api.timeout.ms", "20000"));
            consumer.assign(Set.of(COMMITTED));
            begin();
        }

        @Override
        void step() {
            long next = attempted + 1;
            attempted = next;
            try {
                consumer.commitSync(Map.of(COMMITTED, new OffsetAndMetadata(next)));
                acknowledged = next;
            } catch (KafkaException unacknowledged) {
                // It may or may not be there.
            }
        }

        void verify(Clients clients, long seed) {
            consumer.close();
            assertTrue(acknowledged > 0);
            try (KafkaConsumer<String, String> reader = clients.consumer(Map.of("group.id", GROUP))) {
                long found = reader.committed(Set.of(COMMITTED)).get(COMMITTED).offset();
                assertTrue(
                        found >= acknowledged && found <= attempted,
                        () -> "acknowledged=" + acknowledged + " found=" + found + " attempted=" + attempted + " seed="
                                + seed);
            }
        }
    }
}
