package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.LogDirNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replicas are moved from one log directory to the other, by Apache's clients and tools, while they are in use. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AlterReplicaLogDirsIT {

    private static final String TOPIC = "moving";
    private static final int PARTITIONS = 2;
    private static final ConfigResource BROKER = new ConfigResource(ConfigResource.Type.BROKER, "1");

    private Path data;
    private Path config;
    private BrokerProcess broker;
    private Clients clients;

    @BeforeEach
    void start() throws IOException {
        data = AgainstABroker.newDirectory("moving");
        config = data.resolve("server.properties");
        Files.writeString(config, """
                node.id=1
                listeners=PLAINTEXT://localhost:%d
                log.dirs=%s,%s
                group.initial.rebalance.delay.ms=0
                log.segment.bytes=1048576
                log.cleaner.backoff.ms=50
                log.cleaner.min.cleanable.ratio=0.01
                log.segment.delete.delay.ms=200
                log.retention.check.interval.ms=200
                log.initial.task.delay.ms=100
                """.formatted(ApacheKafka.freePort(), directory(0), directory(1)));
        broker = BrokerProcess.startWithConfig(config);
        clients = new Clients(broker.bootstrap());
    }

    @AfterEach
    void stop() {
        clients.close();
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        AgainstABroker.deleteRecursively(data);
    }

    private void killAndStart() {
        broker.kill();
        broker = BrokerProcess.startWithConfig(config);
    }

    private Path directory(int number) {
        return data.resolve("disk-" + number).toAbsolutePath();
    }

    private void move(String topic, int partition, Path to) {
        get(clients.admin()
                .alterReplicaLogDirs(Map.of(new TopicPartitionReplica(topic, partition, 1), to.toString()))
                .all());
    }

    private Map<Path, ReplicaInfo> replicasOf(TopicPartition partition) {
        var found = new HashMap<Path, ReplicaInfo>();
        get(clients.admin().describeLogDirs(List.of(1)).allDescriptions())
                .get(1)
                .forEach((path, description) -> {
                    ReplicaInfo replica = description.replicaInfos().get(partition);
                    if (replica != null) found.put(Path.of(path), replica);
                });
        return found;
    }

    private boolean isOnlyIn(Path place, TopicPartition partition) {
        Map<Path, ReplicaInfo> found = replicasOf(partition);
        return found.size() == 1
                && found.containsKey(place)
                && !found.get(place).isFuture();
    }

    private void throttle(String bytesPerSecond) {
        get(clients.admin()
                .incrementalAlterConfigs(Map.of(
                        BROKER,
                        List.of(new AlterConfigOp(
                                new ConfigEntry("replica.alter.log.dirs.io.max.bytes.per.second", bytesPerSecond),
                                AlterConfigOp.OpType.SET))))
                .all());
    }

    @Test
    void recordsStayInOrderAndOnceWhileReplicasAreMovedAndTheBrokerIsKilled() {
        long seed = Long.getLong("heddle.crash.seed", System.nanoTime());
        var random = new Random(seed);
        clients.createTopic(TOPIC, PARTITIONS, Map.of("segment.bytes", "1048576"));
        var writers = new ArrayList<Writer>();
        var readers = new ArrayList<Reader>();
        for (int i = 0; i < PARTITIONS; i++) {
            var partition = new TopicPartition(TOPIC, i);
            writers.add(new Writer(clients, partition));
            readers.add(new Reader(clients, partition));
        }
        for (int round = 0; round < 12; round++) {
            Path to = directory(round % 2);
            for (int i = 0; i < PARTITIONS; i++) move(TOPIC, i, to);
            if (round % 3 == 2) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(60)));
                killAndStart();
            }
            for (int i = 0; i < PARTITIONS; i++) {
                var partition = new TopicPartition(TOPIC, i);
                Await.that(() -> isOnlyIn(to, partition), partition + " is in " + to + ", seed=" + seed);
                long before = Math.max(0, readers.get(i).next() - 1000);
                get(clients.admin()
                        .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                        .all());
            }
        }
        for (int i = 0; i < PARTITIONS; i++) {
            int written = writers.get(i).finish(seed);
            readers.get(i).finish(written, seed);
        }
        killAndStart();
        for (int i = 0; i < PARTITIONS; i++) {
            assertTrue(isOnlyIn(directory(1), new TopicPartition(TOPIC, i)));
            verifyTail(i, writers.get(i).sent, seed);
        }
        assertEquals(List.of(), namesIn(directory(0), TOPIC).filter(this::isLog).toList(), "seed=" + seed);
    }

    private boolean isLog(String name) {
        return !name.endsWith("-delete");
    }

    /** What was not deleted is there once, in order. */
    private void verifyTail(int partition, int written, long seed) {
        List<ConsumerRecord<String, String>> all = readAll(new TopicPartition(TOPIC, partition));
        assertFalse(all.isEmpty());
        for (ConsumerRecord<String, String> record : all) {
            assertEquals(record.offset(), Writer.numberOf(record.value()), "seed=" + seed);
        }
        assertEquals(written - 1, all.getLast().offset(), "seed=" + seed);
    }

    private List<ConsumerRecord<String, String>> readAll(TopicPartition partition) {
        var all = new ArrayList<ConsumerRecord<String, String>>();
        try (var consumer = clients.consumer(Map.of())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < end)
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
        }
        return all;
    }

    private static Stream<String> namesIn(Path directory, String topic) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries
                    .map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(topic + "-"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCompactedTopicKeepsTheLastValueOfEachKey() {
        var partition = new TopicPartition("compacted", 0);
        clients.createTopic(
                "compacted",
                1,
                Map.of("cleanup.policy", "compact", "segment.bytes", "1048576", "delete.retention.ms", "100"));
        var last = new HashMap<String, String>();
        try (var producer = clients.producer(Map.of("linger.ms", "5"))) {
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < 4_000; i++) {
                    String key = "key-" + (i * 7 + round) % 300;
                    String value = i % 10 == 9 ? null : round + "-" + i + "-" + "x".repeat(300);
                    producer.send(new ProducerRecord<>("compacted", key, value));
                    if (value == null) last.remove(key);
                    else last.put(key, value);
                }
                producer.flush();
                Path to = directory(round % 2);
                move("compacted", 0, to);
                Await.that(() -> isOnlyIn(to, partition), partition + " is in " + to);
            }
        }
        var found = new HashMap<String, String>();
        readAll(partition).forEach(record -> {
            if (record.value() == null) found.remove(record.key());
            else found.put(record.key(), record.value());
        });
        assertEquals(last, found);
        assertTrue(replicasOf(partition).get(directory(1)).size() < 24_000 * 300L, "it is compacted");
    }

    @Test
    void aSlowMoveIsSeenReplacedAndGivenUp() {
        var partition = new TopicPartition("slow", 0);
        clients.createTopic("slow", 1);
        try (var producer = clients.producer(Map.of())) {
            for (int i = 0; i < 200; i++) producer.send(new ProducerRecord<>("slow", "x".repeat(5_000)));
        }
        Path here = replicasOf(partition).keySet().iterator().next();
        Path there = here.equals(directory(0)) ? directory(1) : directory(0);
        throttle("20000");
        move("slow", 0, there);
        ReplicaInfo copy = replicasOf(partition).get(there);
        assertTrue(copy.isFuture());
        assertTrue(copy.offsetLag() > 0);
        assertFalse(replicasOf(partition).get(here).isFuture());
        move("slow", 0, here);
        assertTrue(isOnlyIn(here, partition));
        move("slow", 0, there);
        killAndStart();
        assertTrue(replicasOf(partition).get(there).isFuture(), "it goes on, as slowly as before");
        throttle("100000000");
        Await.that(() -> isOnlyIn(there, partition), "it is moved");
        assertEquals(200, readAll(partition).size());
        throttle("20000");
        move("slow", 0, here);
        get(clients.admin().deleteTopics(List.of("slow")).all());
        Await.that(
                () -> Stream.of(here, there)
                        .flatMap(path -> namesIn(path, "slow"))
                        .findAny()
                        .isEmpty(),
                "both copies are gone");
    }

    @Test
    void whatCannotBeMovedIsRefusedAndWhatIsNotThereYetIsCreatedInItsPlace() {
        clients.createTopic("here", 1);
        assertThrows(LogDirNotFoundException.class, () -> move("here", 0, data.resolve("nowhere")));
        assertThrows(UnknownTopicOrPartitionException.class, () -> move("here", 7, directory(0)));
        for (int i = 0; i < 2; i++) {
            String topic = "later-" + i;
            Path wanted = directory(i);
            assertThrows(UnknownTopicOrPartitionException.class, () -> move(topic, 0, wanted));
            clients.createTopic(topic, 1);
            Await.that(() -> isOnlyIn(wanted, new TopicPartition(topic, 0)), topic + " is in " + wanted);
        }
    }

    @Test
    void apachesToolMovesReplicasToo() throws IOException {
        clients.createTopic("tooled", 1);
        var partition = new TopicPartition("tooled", 0);
        try (var producer = clients.producer(Map.of())) {
            for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>("tooled", "value-" + i));
        }
        Path here = replicasOf(partition).keySet().iterator().next();
        Path there = here.equals(directory(0)) ? directory(1) : directory(0);
        move("tooled", 0, there);
        Await.that(() -> isOnlyIn(there, partition), "it is moved");
        String described = Tool.apache(
                        "org.apache.kafka.tools.LogDirsCommand",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--describe",
                        "--topic-list",
                        "tooled")
                .succeeded();
        assertTrue(described.contains("\"partition\":\"tooled-0\""), described);
        assertTrue(described.contains("\"isFuture\":false"), described);
        assertTrue(controllerKnowsThat(there), "the metadata names the new directory");
        String segment = there.resolve("tooled-0/00000000000000000000").toString();
        SegmentDump.of(segment + ".log", "--deep-iteration");
        SegmentDump.of(segment + ".index", "--index-sanity-check");
    }

    /** A partition was last assigned to that directory. */
    private boolean controllerKnowsThat(Path directory) throws IOException {
        String id = Files.readAllLines(directory.resolve("meta.properties")).stream()
                .filter(line -> line.startsWith("directory.id="))
                .map(line -> line.substring(line.indexOf('=') + 1))
                .findFirst()
                .orElseThrow();
        Path log = directory(0).resolve("__cluster_metadata-0/00000000000000000000.log");
        List<String> changes = SegmentDump.of(log.toString(), "--cluster-metadata-decoder")
                .lines()
                .filter(line -> line.contains("PARTITION_CHANGE_RECORD") && line.contains("\"directories\""))
                .toList();
        return !changes.isEmpty() && changes.getLast().contains(id);
    }

    /** Writes consecutive numbers, idempotently and with acks=all, so that each one's offset is the number. */
    private static final class Writer {

        private static final int MAX_IN_FLIGHT = 200;

        private final Thread thread;
        private final AtomicInteger acknowledged = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean finishing;
        private int sent;

        Writer(Clients clients, TopicPartition partition) {
            var producer = clients.producer(Map.of(
                    "acks", "all",
                    "linger.ms", "1",
                    "reconnect.backoff.max.ms", "100",
                    "retry.backoff.max.ms", "100"));
            thread = Thread.ofPlatform().daemon().name("writer-" + partition).start(() -> {
                while (!finishing) {
                    if (sent - acknowledged.get() - refused.get() >= MAX_IN_FLIGHT) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                        continue;
                    }
                    String value = (sent++) + "-" + "x".repeat(100);
                    producer.send(
                            new ProducerRecord<>(partition.topic(), partition.partition(), null, value),
                            (answer, refusal) -> (refusal == null ? acknowledged : refused).incrementAndGet());
                }
                producer.flush();
            });
        }

        static long numberOf(String value) {
            return Long.parseLong(value.substring(0, value.indexOf('-')));
        }

        int finish(long seed) {
            finishing = true;
            join(thread);
            assertEquals(0, refused.get(), "refused, seed=" + seed);
            assertEquals(sent, acknowledged.get());
            return sent;
        }
    }

    /** Reads on and on, and must get each number once, in order. */
    private static final class Reader {

        private final Thread thread;
        private volatile long next;
        private volatile long until = Long.MAX_VALUE;
        private volatile String complaint;

        Reader(Clients clients, TopicPartition partition) {
            var consumer = clients.consumer(Map.of("reconnect.backoff.max.ms", "100", "auto.offset.reset", "none"));
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            thread = Thread.ofPlatform().daemon().name("reader-" + partition).start(() -> {
                try {
                    while (next < until && complaint == null) {
                        consumer.poll(Duration.ofMillis(100)).forEach(this::take);
                    }
                } catch (RuntimeException e) {
                    complaint = e.toString();
                }
            });
        }

        private void take(ConsumerRecord<String, String> record) {
            if (record.offset() != next || Writer.numberOf(record.value()) != next)
                complaint = "expected " + next + ", got " + Writer.numberOf(record.value()) + " at " + record.offset();
            next++;
        }

        long next() {
            return next;
        }

        void finish(long written, long seed) {
            until = written;
            join(thread);
            assertEquals(null, complaint, "seed=" + seed);
            assertEquals(written, next, "seed=" + seed);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertFalse(thread.isAlive(), () -> thread.getName() + " hangs");
    }
}
