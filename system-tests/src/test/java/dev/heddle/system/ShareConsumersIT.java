package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static dev.heddle.system.Clients.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What members of share groups (KIP-932) are given, with Apache's Java share consumer and tools. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShareConsumersIT {

    private static final Map<String, String> EXPLICIT = Map.of("share.acknowledgement.mode", "explicit");
    private static final Map<String, String> IMPLICIT = Map.of();
    private static final Duration STEP = Duration.ofMillis(200);
    private static final int LOCK_MS = 1_500;

    private static final AtomicInteger NAMES = new AtomicInteger();

    private static BrokerProcess broker;
    private static Clients clients;

    private final String topic = "jobs-" + NAMES.incrementAndGet();
    private final String group = "workers-" + NAMES.get();

    @BeforeAll
    static void startBroker() {
        broker = BrokerProcess.start(AgainstABroker.newDirectory("data"), "virtual", settings());
        clients = new Clients(broker.bootstrap());
    }

    private static String[] settings() {
        return new String[] {
            "share.coordinator.state.topic.num.partitions=3",
            "offsets.topic.num.partitions=3",
            "group.share.min.heartbeat.interval.ms=200",
            "group.share.heartbeat.interval.ms=200",
            "group.share.assignment.interval.ms=0",
            "group.share.min.record.lock.duration.ms=1000",
            "group.share.record.lock.duration.ms=" + LOCK_MS
        };
    }

    @AfterAll
    static void stopBroker() throws IOException {
        clients.close();
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        AgainstABroker.deleteRecursively(broker.data());
    }

    private void prepare(Clients with, String... settings) {
        with.createTopic(topic, 1);
        List<AlterConfigOp> changes = new ArrayList<>();
        changes.add(set("share.auto.offset.reset", "earliest"));
        for (int i = 0; i < settings.length; i += 2) changes.add(set(settings[i], settings[i + 1]));
        var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        get(with.admin().incrementalAlterConfigs(Map.of(resource, changes)).all());
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private void send(Clients with, int count) {
        KafkaProducer<String, String> producer = with.producer(Map.of("linger.ms", "0", "batch.size", "2000"));
        for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, null, String.valueOf(i)));
        producer.flush();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static void acknowledge(
            KafkaShareConsumer<String, String> consumer,
            List<ConsumerRecord<String, String>> records,
            AcknowledgeType type) {
        records.forEach(record -> consumer.acknowledge(record, type));
    }

    private static void commit(KafkaShareConsumer<String, String> consumer) {
        consumer.commitSync()
                .forEach((partition, failure) -> failure.ifPresent(why -> {
                    throw new AssertionError(partition + ": " + why, why);
                }));
    }

    @Test
    void acknowledgesWithTheNextPollUnlessToldOtherwise() {
        prepare(clients);
        send(clients, 20);
        var alice = clients.shareConsumer(group, topic, IMPLICIT);
        assertEquals(numbers(0, 20), values(Clients.poll(alice, 20)));
        commit(alice);
        send(clients, 1);
        var bob = clients.shareConsumer(group, topic, IMPLICIT);
        alice.close();
        var records = Clients.poll(bob, 1);
        assertEquals(20, records.getFirst().offset(), "nothing before it comes again");
        assertEquals((short) 1, records.getFirst().deliveryCount().orElseThrow());
    }

    @Test
    void deliversAgainWhatIsReleasedAndNotWhatIsRejected() {
        prepare(clients);
        send(clients, 6);
        var alice = clients.shareConsumer(group, topic, EXPLICIT);
        List<ConsumerRecord<String, String>> records = Clients.poll(alice, 6);
        acknowledge(alice, records.subList(0, 2), AcknowledgeType.ACCEPT);
        acknowledge(alice, records.subList(2, 4), AcknowledgeType.RELEASE);
        acknowledge(alice, records.subList(4, 6), AcknowledgeType.REJECT);
        commit(alice);
        send(clients, 1);
        List<ConsumerRecord<String, String>> again = Clients.poll(alice, 3);
        assertEquals(List.of("2", "3", "0"), values(again));
        assertEquals(
                List.of(2, 2, 1),
                again.stream()
                        .map(record -> (int) record.deliveryCount().orElseThrow())
                        .toList());
        acknowledge(alice, again, AcknowledgeType.ACCEPT);
        commit(alice);
    }

    @Test
    void deliversAgainWhatAMemberKeepsForTooLong() {
        prepare(clients);
        send(clients, 4);
        var alice = clients.shareConsumer(group, topic, EXPLICIT);
        Clients.poll(alice, 4);
        var bob = clients.shareConsumer(group, topic, EXPLICIT);
        List<ConsumerRecord<String, String>> records = Clients.poll(bob, 4);
        assertEquals(numbers(0, 4), values(records));
        assertEquals((short) 2, records.getFirst().deliveryCount().orElseThrow());
        acknowledge(bob, records, AcknowledgeType.ACCEPT);
        commit(bob);
    }

    @Test
    void leavesRecordsToAMemberThatRenewsItsLocks() {
        prepare(clients);
        send(clients, 1);
        var alice = clients.shareConsumer(group, topic, EXPLICIT);
        ConsumerRecord<String, String> record = Clients.poll(alice, 1).getFirst();
        var bob = clients.shareConsumer(group, topic, EXPLICIT);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2 * LOCK_MS);
        while (System.nanoTime() < until) {
            alice.acknowledge(record, AcknowledgeType.RENEW);
            commit(alice);
            assertTrue(bob.poll(STEP).isEmpty());
            alice.poll(Duration.ZERO);
        }
        alice.acknowledge(record, AcknowledgeType.ACCEPT);
        commit(alice);
    }

    @Test
    void givesUpOnARecordThatWasDeliveredOftenEnough() {
        prepare(clients, "share.delivery.count.limit", "2");
        send(clients, 1);
        var alice = clients.shareConsumer(group, topic, EXPLICIT);
        for (int count = 1; count <= 2; count++) {
            List<ConsumerRecord<String, String>> records = Clients.poll(alice, 1);
            assertEquals(count, (int) records.getFirst().deliveryCount().orElseThrow());
            acknowledge(alice, records, AcknowledgeType.RELEASE);
            commit(alice);
        }
        send(clients, 1);
        List<ConsumerRecord<String, String>> next = Clients.poll(alice, 1);
        assertEquals(1, next.getFirst().offset());
        acknowledge(alice, next, AcknowledgeType.ACCEPT);
        commit(alice);
    }

    @Test
    void showsWhatIsCommittedToAGroupThatWantsNothingElse() {
        prepare(clients, "share.isolation.level", "read_committed");
        KafkaProducer<String, String> producer = clients.producer(Map.of("transactional.id", topic));
        producer.initTransactions();
        for (int i = 0; i < 4; i++) {
            producer.beginTransaction();
            for (int j = 0; j < 3; j++) producer.send(new ProducerRecord<>(topic, null, i + "-" + j));
            if (i % 2 == 0) producer.commitTransaction();
            else producer.abortTransaction();
        }
        var alice = clients.shareConsumer(group, topic, IMPLICIT);
        assertEquals(List.of("0-0", "0-1", "0-2", "2-0", "2-1", "2-2"), values(Clients.poll(alice, 6)));
        commit(alice);
        send(clients, 1);
        assertEquals(List.of("0"), values(Clients.poll(alice, 1)), "nothing of what was aborted");
        commit(alice);
    }

    @Test
    void letsManyMembersShareAPartition() throws Exception {
        int count = 3_000;
        prepare(clients, "share.record.lock.duration.ms", "30000");
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        var failures = new ConcurrentLinkedQueue<Throwable>();
        List<Thread> members = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            var consumer = clients.shareConsumer(group, topic, Map.of("max.poll.records", "50"));
            members.add(Thread.ofPlatform().name("member-" + i).start(() -> {
                try {
                    while (seen.size() < count) {
                        consumer.poll(STEP).forEach(record -> seen.merge(record.value(), 1, Integer::sum));
                    }
                    consumer.commitSync();
                } catch (RuntimeException | Error e) {
                    failures.add(e);
                }
            }));
        }
        send(clients, count);
        for (Thread member : members) member.join();
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(count, seen.size());
        assertEquals(Set.of(1), Set.copyOf(seen.values()), "each record was given to one member, once");
    }

    @Test
    void losesNothingAndTakesNothingBackWhenTheBrokerIsKilled() {
        try (var doomed = BrokerProcess.start(AgainstABroker.newDirectory("data"), "virtual", settings());
                var with = new Clients(doomed.bootstrap())) {
            prepare(with);
            send(with, 300);
            var alice = with.shareConsumer(group, topic, EXPLICIT);
            var accepted = new TreeSet<Integer>();
            var delivered = new TreeSet<Integer>();
            int kills = 0;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
            while (accepted.size() < 300) {
                if (System.nanoTime() > deadline) throw new AssertionError("only " + accepted.size() + " came");
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                alice.poll(STEP).forEach(records::add);
                for (ConsumerRecord<String, String> record : records) {
                    int number = Integer.parseInt(record.value());
                    assertTrue(!accepted.contains(number), () -> number + " was accepted before");
                    delivered.add(number);
                    alice.acknowledge(
                            record,
                            number % 3 == 0 && record.deliveryCount().orElseThrow() == 1
                                    ? AcknowledgeType.RELEASE
                                    : AcknowledgeType.ACCEPT);
                }
                if (records.isEmpty()) continue;
                boolean committed = alice.commitSync().values().stream().allMatch(failure -> failure.isEmpty());
                for (ConsumerRecord<String, String> record : records) {
                    int number = Integer.parseInt(record.value());
                    boolean released = number % 3 == 0 && record.deliveryCount().orElseThrow() == 1;
                    if (committed && !released) accepted.add(number);
                }
                if (kills < 2 && accepted.size() > 60 * (kills + 1)) {
                    kills++;
                    alice.poll(Duration.ZERO).forEach(record -> alice.acknowledge(record, AcknowledgeType.RELEASE));
                    doomed.kill();
                    doomed.start();
                }
            }
            assertEquals(300, delivered.size());
        }
    }

    @Test
    void worksWithApachesTools() throws IOException {
        prepare(clients);
        send(clients, 10);
        Tool console = Tool.apache(
                "org.apache.kafka.tools.consumer.ConsoleShareConsumer",
                "--bootstrap-server",
                broker.bootstrap(),
                "--topic",
                topic,
                "--group",
                group,
                "--max-messages",
                "10",
                "--timeout-ms",
                "20000");
        assertTrue(console.output().contains("Processed a total of 10 messages"), console::output);
        send(clients, 50);
        Process verifiable = Tool.startApache(
                "org.apache.kafka.tools.VerifiableShareConsumer",
                "--bootstrap-server",
                broker.bootstrap(),
                "--topic",
                topic,
                "--group-id",
                group,
                "--max-messages",
                "50");
        try (BufferedReader output = verifiable.inputReader()) {
            int acknowledged = 0;
            StringBuilder all = new StringBuilder();
            String line;
            while (acknowledged < 50 && (line = output.readLine()) != null) {
                all.append(line).append('\n');
                if (line.contains("\"offsets_acknowledged\"")) acknowledged += count(line);
            }
            assertEquals(50, acknowledged, all::toString);
        } finally {
            verifiable.destroyForcibly();
        }
    }

    private static int count(String line) {
        return Integer.parseInt(line.replaceAll(".*?\"count\":(\\d+).*", "$1"));
    }
}
