package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Compacted topics, which every stop's cleaner cleans before the hand-over. Deletions get their time to live from one broker's
 * cleaner and are removed by the other's.
 */
final class CompactedTopics implements Cargo {

    private static final List<String> TOPICS = List.of("compacted-none", "compacted-zstd", "compacted-transactional");
    private static final int KEYS = 20;
    private static final int RECORDS = 200;
    private static final long SEGMENT_MS = 100;
    private static final String FILLER = "filler";

    private static final class Known {
        private final Map<String, String> latest = new TreeMap<>();
        /** Deletions below this offset were made at an earlier stop. */
        private long formerEnd;
        /** Deletions below this offset must be gone. */
        private long withoutDeletions;
    }

    private final Map<String, Known> topics = new HashMap<>();
    private int round;

    @Override
    public void load(Stop stop) {
        round++;
        for (String topic : TOPICS) {
            if (!topics.containsKey(topic)) create(stop.clients(), topic);
            Known known = topics.get(topic);
            boolean transactional = topic.endsWith("transactional") && stop.apache();
            long end = transactional ? loadInTransactions(stop, topic) : loadPlainly(stop, topic);
            awaitCleaned(stop, topic, end);
            known.withoutDeletions = known.formerEnd;
            known.formerEnd = end;
        }
    }

    private void create(Clients clients, String topic) {
        clients.createLedTopic(
                topic,
                1,
                Map.of(
                        "cleanup.policy",
                        topic.endsWith("zstd") ? "compact,delete" : "compact",
                        "segment.ms",
                        String.valueOf(SEGMENT_MS),
                        "min.cleanable.dirty.ratio",
                        "0.01",
                        "delete.retention.ms",
                        String.valueOf(SEGMENT_MS)));
        topics.put(topic, new Known());
    }

    private long loadPlainly(Stop stop, String topic) {
        String codec = topic.endsWith("zstd") ? "zstd" : "none";
        try (var producer = stop.clients().producer(Map.of("compression.type", codec, "batch.size", "1000"))) {
            return send(producer, topic, true);
        }
    }

    private long loadInTransactions(Stop stop, String topic) {
        try (var producer = stop.clients().producer(Map.of("transactional.id", topic))) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, topic, false);
            producer.abortTransaction();
            producer.beginTransaction();
            long end = send(producer, topic, true);
            producer.commitTransaction();
            return end;
        }
    }

    /** Sends a round's records and returns the offset after the last. */
    private long send(KafkaProducer<String, String> producer, String topic, boolean counts) {
        Map<String, String> latest = topics.get(topic).latest;
        long last = -1;
        for (int i = 0; i < RECORDS; i++) {
            int number = i % KEYS;
            boolean deletion = i >= RECORDS - KEYS && (number + round) % 4 == 0;
            String key = "key-" + number;
            String value = deletion ? null : (counts ? "" : "aborted-") + "round-" + round + "-" + i;
            var sent = producer.send(new ProducerRecord<>(topic, 0, key, value));
            if (i == RECORDS - 1) last = Clients.get(sent).offset();
            if (!counts) continue;
            if (deletion) latest.remove(key);
            else latest.put(key, value);
        }
        return last + 1;
    }

    /** Rolls segments, which is all that a cleaner waits for, until it has cleaned everything below {@code end}. */
    private void awaitCleaned(Stop stop, String topic, long end) {
        try (var producer = stop.clients().producer(Map.of())) {
            Await.that(
                    () -> {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SEGMENT_MS));
                        Clients.get(producer.send(new ProducerRecord<>(topic, 0, FILLER, stop.name())));
                        return cleanedOffset(stop, topic) >= end;
                    },
                    topic + " is cleaned up to " + end + " at " + stop.name());
        }
        topics.get(topic).latest.put(FILLER, stop.name());
    }

    private static long cleanedOffset(Stop stop, String topic) {
        return stop.checkpointLines("cleaner-offset-checkpoint").stream()
                .filter(line -> line.startsWith(topic + " 0 "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .max()
                .orElse(0);
    }

    @Override
    public void check(Stop stop) {
        topics.forEach((topic, known) -> {
            String where = topic + " at " + stop.name();
            long cleaned = cleanedOffset(stop, topic);
            assertTrue(cleaned >= known.formerEnd, () -> where + " is cleaned up to " + cleaned);
            var found = new TreeMap<String, String>();
            var seen = new HashSet<String>();
            for (var record : stop.clients().readAll(new TopicPartition(topic, 0), "read_committed")) {
                if (record.value() == null) found.remove(record.key());
                else found.put(record.key(), record.value());
                if (record.offset() < cleaned) assertTrue(seen.add(record.key()), () -> "again: " + record + where);
                assertTrue(isInItsTime(record, known), () -> "should be gone: " + record + where);
            }
            assertEquals(known.latest, found, where);
        });
    }

    private static boolean isInItsTime(ConsumerRecord<String, String> record, Known known) {
        return record.value() != null || record.offset() >= known.withoutDeletions;
    }
}
