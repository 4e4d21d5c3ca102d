package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Groups that were consumed with, groups whose offsets somebody has set, groups of Kafka's new protocol, deleted ones. */
final class GroupsWithOffsets implements Cargo {

    private static final TopicPartition PARTITION = new TopicPartition("grouped", 0);
    private static final String CONSUMERS = "consumers";
    private static final String NEW_PROTOCOL = "consumers-of-the-new-protocol";
    private static final int STEP = 10;

    private final Map<String, OffsetAndMetadata> committed = new TreeMap<>();
    private String deleted;
    private int records;

    @Override
    public void load(Stop stop) {
        Clients clients = stop.clients();
        if (records == 0) clients.createLedTopic(PARTITION.topic(), 1, Map.of());
        try (var producer = clients.producer(Map.of())) {
            for (int i = 0; i < STEP; i++)
                producer.send(new ProducerRecord<>(PARTITION.topic(), 0, null, "" + records++));
        }
        consume(clients, CONSUMERS, "classic");
        consume(clients, NEW_PROTOCOL, "consumer");
        set(clients, "set-at-every-stop", committed.size() + 1L);
        set(clients, "set-at-" + stop.name(), committed.size() + 1L);
        deleted = "deleted-at-" + stop.name();
        set(clients, deleted, 1);
        get(clients.admin().deleteConsumerGroups(List.of(deleted)).all());
        committed.remove(deleted);
    }

    /** Goes on where the group was at the last stop, to the end. */
    private void consume(Clients clients, String group, String protocol) {
        try (KafkaConsumer<String, String> consumer = clients.consumer(
                Map.of("group.id", group, "group.protocol", protocol, "enable.auto.commit", "false"))) {
            consumer.subscribe(List.of(PARTITION.topic()));
            long from = committed.containsKey(group) ? committed.get(group).offset() : 0;
            var polled = Clients.poll(consumer, (int) (records - from));
            assertEquals(from, polled.getFirst().offset());
            var offset = new OffsetAndMetadata(records, polled.getLast().leaderEpoch(), "note-" + records);
            consumer.commitSync(Map.of(PARTITION, offset));
            committed.put(group, offset);
        }
    }

    private void set(Clients clients, String group, long offset) {
        var set = new OffsetAndMetadata(offset, "set by hand");
        get(clients.admin()
                .alterConsumerGroupOffsets(group, Map.of(PARTITION, set))
                .all());
        committed.put(group, set);
    }

    @Override
    public void check(Stop stop) {
        Clients clients = stop.clients();
        committed.forEach((group, offset) -> assertEquals(
                offset,
                get(clients.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                        .get(PARTITION),
                group + " at " + stop.name()));
        if (records == 0) return;
        List<String> listed = get(clients.admin().listGroups().all()).stream()
                .map(GroupListing::groupId)
                .toList();
        assertTrue(listed.containsAll(committed.keySet()), listed::toString);
        assertFalse(listed.contains(deleted), listed::toString);
    }
}
