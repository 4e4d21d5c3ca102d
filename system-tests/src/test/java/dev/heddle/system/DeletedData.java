package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** What was deleted and must stay so: the first records of a log, topics, and a topic that was created anew. */
final class DeletedData implements Cargo {

    private static final TopicPartition SHORTENED = new TopicPartition("shortened", 0);
    private static final TopicPartition RECREATED = new TopicPartition("recreated", 0);

    private static final int STEP = 20;

    private int records;
    private int start;
    private Uuid recreatedId;
    private String deletedTopic;
    private String latestStop;

    @Override
    public void load(Stop stop) {
        Clients clients = stop.clients();
        if (records == 0) clients.createLedTopic(SHORTENED.topic(), 1, Map.of());
        try (var producer = clients.producer(Map.of("batch.size", "100"))) {
            for (int i = 0; i < STEP; i++)
                producer.send(new ProducerRecord<>(SHORTENED.topic(), 0, null, "" + records++));
        }
        // The first time in the middle of a stop's records, the second time beyond them.
        start = records - 5;
        get(clients.admin()
                .deleteRecords(Map.of(SHORTENED, RecordsToDelete.beforeOffset(start)))
                .all());
        // Of either broker, a crash before that brings them back.
        String written = SHORTENED.topic() + " 0 " + start;
        Await.that(
                () -> stop.checkpointLines("log-start-offset-checkpoint").contains(written),
                "written down: " + written);
        if (recreatedId != null) delete(clients, RECREATED.topic());
        clients.createLedTopic(RECREATED.topic(), 1, Map.of());
        recreatedId = clients.topicId(RECREATED.topic());
        latestStop = stop.name();
        deletedTopic = "deleted-at-" + stop.name();
        clients.createLedTopic(deletedTopic, 2, Map.of());
        try (var producer = clients.producer(Map.of())) {
            get(producer.send(new ProducerRecord<>(RECREATED.topic(), latestStop)));
            get(producer.send(new ProducerRecord<>(deletedTopic, "gone")));
        }
        delete(clients, deletedTopic);
    }

    private static void delete(Clients clients, String topic) {
        get(clients.admin().deleteTopics(List.of(topic)).all());
        Await.that(() -> !topics(clients).contains(topic), topic + " is gone");
    }

    private static List<String> topics(Clients clients) {
        return List.copyOf(get(clients.admin().listTopics().names()));
    }

    @Override
    public void check(Stop stop) {
        if (records == 0) return;
        Clients clients = stop.clients();
        assertEquals(start, clients.startOffset(SHORTENED), stop.name());
        assertEquals(
                IntStream.range(start, records).mapToObj(String::valueOf).toList(),
                Clients.values(clients.readAll(SHORTENED, "read_uncommitted")),
                stop.name());
        assertFalse(topics(clients).contains(deletedTopic), stop.name());
        assertEquals(recreatedId, clients.topicId(RECREATED.topic()), stop.name());
        assertEquals(List.of(latestStop), Clients.values(clients.readAll(RECREATED, "read_uncommitted")));
    }
}
