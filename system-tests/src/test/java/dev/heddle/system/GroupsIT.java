package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumer groups of the classic protocol, with Apache's Java consumer. */
class GroupsIT extends AgainstABroker {

    private static final String PACKAGE = "org.apache.kafka.clients.consumer.";

    @ParameterizedTest
    @ValueSource(strings = {"RangeAssignor", "RoundRobinAssignor", "CooperativeStickyAssignor"})
    void membersComeAndGoAndEveryRecordIsConsumed(String assignor) throws Exception {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 6);
        var seen = ConcurrentHashMap.<String>newKeySet();
        try (var first = member(group, topic, assignor, seen);
                var second = member(group, topic, assignor, seen)) {
            awaitThat(() -> first.assigned().size() == 3 && second.assigned().size() == 3, "two share six");
            produce(topic, 0, 300);
            awaitThat(() -> seen.size() == 300, "the first records are consumed");
            try (var third = member(group, topic, assignor, seen)) {
                awaitThat(
                        () -> List.of(first, second, third).stream()
                                .allMatch(member -> member.assigned().size() == 2),
                        "three share six");
                produce(topic, 300, 600);
                awaitThat(() -> seen.size() == 600, "the second batch is consumed");
            }
            awaitThat(() -> first.assigned().size() + second.assigned().size() == 6, "the leaver's are taken over");
            produce(topic, 600, 900);
            awaitThat(() -> seen.size() == 900, "the last records are consumed");
        }
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(clients.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        assertEquals(
                900,
                committed.values().stream().mapToLong(OffsetAndMetadata::offset).sum());
    }

    @Test
    void aGroupGoesOnWhereItCommitted() {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 1);
        produce(topic, 0, 100);
        var partition = new TopicPartition(topic, 0);
        try (var consumer =
                clients.consumer(Map.of("group.id", group, "max.poll.records", "10", "enable.auto.commit", "false"))) {
            consumer.subscribe(List.of(topic));
            assertEquals(10, Clients.poll(consumer, 10).size());
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(10, "ten read")));
        }
        try (var consumer = clients.consumer(Map.of("group.id", group))) {
            consumer.subscribe(List.of(topic));
            assertEquals(10, Clients.poll(consumer, 90).getFirst().offset());
            assertEquals(
                    "ten read",
                    consumer.committed(Set.of(partition)).get(partition).metadata());
        }
    }

    @Test
    void aStaticMemberComesBackWithoutARebalance() {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 4);
        Map<String, ?> settings = Map.of("group.id", group, "group.instance.id", "machine-1");
        try (var other = member(group, topic, "RangeAssignor", new HashSet<>())) {
            try (var consumer = clients.consumer(settings)) {
                consumer.subscribe(List.of(topic));
                pollUntil(consumer, () -> consumer.assignment().size() == 2);
                awaitThat(() -> other.assigned().size() == 2, "two share four");
            }
            int rebalances = other.rebalances();
            try (var consumer = clients.consumer(settings)) {
                consumer.subscribe(List.of(topic));
                pollUntil(consumer, () -> consumer.assignment().size() == 2);
                assertEquals(rebalances, other.rebalances());
            }
        }
    }

    @Test
    void adminSeesChangesAndDeletesGroups() {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 2);
        produce(topic, 0, 10);
        var admin = clients.admin();
        var partition = new TopicPartition(topic, 0);
        try (var member = member(group, topic, "RangeAssignor", ConcurrentHashMap.newKeySet())) {
            awaitThat(() -> member.assigned().size() == 2, "one has all");
            awaitThat(
                    () -> get(admin.listGroups(ListGroupsOptions.forConsumerGroups()
                                            .inGroupStates(Set.of(GroupState.STABLE)))
                                    .valid())
                            .stream()
                            .anyMatch(listing -> listing.groupId().equals(group)),
                    "the group is listed as stable");
            var description =
                    get(admin.describeConsumerGroups(List.of(group)).all()).get(group);
            assertEquals(GroupState.STABLE, description.groupState());
            assertEquals(1, description.members().size());
            assertEquals(
                    2,
                    description
                            .members()
                            .iterator()
                            .next()
                            .assignment()
                            .topicPartitions()
                            .size());
            assertThrows(
                    GroupNotEmptyException.class,
                    () -> get(admin.deleteConsumerGroups(List.of(group)).all()));
        }
        get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1)))
                .all());
        assertEquals(
                1,
                get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                        .get(partition)
                        .offset());
        get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
        assertFalse(get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .containsKey(partition));
        get(admin.deleteConsumerGroups(List.of(group)).all());
        assertThrows(
                GroupIdNotFoundException.class,
                () -> get(admin.deleteConsumerGroups(List.of(group)).all()));
    }

    @Test
    void aMemberThatVanishesIsReplaced() {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 2);
        Map<String, ?> settings =
                Map.of("group.id", group, "session.timeout.ms", "6000", "heartbeat.interval.ms", "500");
        var vanishing = clients.consumer(
                with(settings, Map.of("internal.leave.group.on.close", "false", "enable.auto.commit", "false")));
        vanishing.subscribe(List.of(topic));
        pollUntil(vanishing, () -> vanishing.assignment().size() == 2);
        vanishing.close();
        try (var heir = clients.consumer(settings)) {
            heir.subscribe(List.of(topic));
            pollUntil(heir, () -> heir.assignment().size() == 2);
        }
    }

    @Test
    void lagIsWhatTheLogAndTheCommitSay() {
        String topic = newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 1);
        produce(topic, 0, 20);
        var partition = new TopicPartition(topic, 0);
        var admin = clients.admin();
        get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(5)))
                .all());
        long end = get(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all())
                .get(partition)
                .offset();
        assertEquals(20, end);
        assertEquals(
                5,
                get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                        .get(partition)
                        .offset());
    }

    private void produce(String topic, int from, int to) {
        try (var producer = clients.producer(Map.of("linger.ms", "5"))) {
            for (int i = from; i < to; i++) producer.send(new ProducerRecord<>(topic, "key-" + i, "value-" + i));
        }
    }

    private static Map<String, Object> with(Map<String, ?> some, Map<String, ?> more) {
        var all = new HashMap<String, Object>(some);
        all.putAll(more);
        return all;
    }

    private static void pollUntil(KafkaConsumer<?, ?> consumer, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            consumer.poll(Duration.ofMillis(100));
            assertTrue(System.nanoTime() < deadline, "the group never settled");
        }
    }

    private static void awaitThat(BooleanSupplier condition, String what) {
        Await.that(condition, what);
    }

    private PollingMember member(String group, String topic, String assignor, Set<String> seen) {
        var settings = Map.of(
                "group.id", group, "partition.assignment.strategy", PACKAGE + assignor, "heartbeat.interval.ms", "200");
        return new PollingMember(
                clients, settings, seen, (consumer, listener) -> consumer.subscribe(List.of(topic), listener));
    }
}
