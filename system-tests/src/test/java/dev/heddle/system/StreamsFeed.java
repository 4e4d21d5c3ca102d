package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Writes what a {@link StreamsApplication} reads, and knows what must come of it, each result once and in order. */
final class StreamsFeed extends CrashWorker {

    static final int PARTITIONS = 2;

    private static final int WORDS = 20;
    private static final int WORDS_IN_A_SENTENCE = 4;

    private final Clients clients;
    private final KafkaProducer<String, String> producer;
    private final Random random;
    private final Map<String, Integer> words = new TreeMap<>();
    private final Map<String, String> joined = new TreeMap<>();
    private final AtomicReference<Exception> refused = new AtomicReference<>();
    private int count;

    StreamsFeed(Clients clients, long seed) {
        super("streams-feed");
        this.clients = clients;
        this.producer = clients.producer(CrashWriter.PERSISTENT);
        this.random = new Random(seed);
    }

    /** Creates the topics that an application does not create for itself. */
    static void createTopics(Clients clients) {
        for (String topic : List.of(
                StreamsApplication.SENTENCES,
                StreamsApplication.COUNTS,
                StreamsApplication.LEFT,
                StreamsApplication.RIGHT,
                StreamsApplication.JOINED)) {
            clients.createTopic(topic, PARTITIONS);
        }
    }

    @Override
    void step() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(15)));
        String key = "key-" + count;
        send(StreamsApplication.SENTENCES, "sentence-" + count, sentence());
        boolean leftFirst = random.nextBoolean();
        send(leftFirst ? StreamsApplication.LEFT : StreamsApplication.RIGHT, key, side(leftFirst) + count);
        send(leftFirst ? StreamsApplication.RIGHT : StreamsApplication.LEFT, key, side(!leftFirst) + count);
        joined.put(key, "l" + count + "+r" + count);
        count++;
    }

    private static String side(boolean left) {
        return left ? "l" : "r";
    }

    private String sentence() {
        var sentence = new StringBuilder();
        for (int i = 0; i < WORDS_IN_A_SENTENCE; i++) {
            String word = "word-" + random.nextInt(WORDS);
            words.merge(word, 1, Integer::sum);
            sentence.append(i == 0 ? "" : " ").append(word);
        }
        return sentence.toString();
    }

    private void send(String topic, String key, String value) {
        producer.send(new ProducerRecord<>(topic, key, value), (answer, refusal) -> {
            if (refusal != null) refused.set(refusal);
        });
    }

    @Override
    void finish() {
        super.finish();
        producer.flush();
        assertEquals(null, refused.get());
    }

    /** Waits until the application has written something more. */
    void awaitProgress() {
        long before = written();
        Await.that(() -> written() > before, "the application works");
    }

    private long written() {
        return partitions(StreamsApplication.COUNTS).stream()
                .mapToLong(clients::endOffset)
                .sum();
    }

    /** Waits until as many results are there as there must be. */
    void awaitResults() {
        await(StreamsApplication.COUNTS, count * WORDS_IN_A_SENTENCE);
        await(StreamsApplication.JOINED, count);
    }

    private void await(String topic, int expected) {
        KafkaConsumer<String, String> consumer = clients.consumer(Map.of("isolation.level", "read_committed"));
        consumer.assign(partitions(topic));
        Clients.poll(consumer, expected);
    }

    private static List<TopicPartition> partitions(String topic) {
        var partitions = new ArrayList<TopicPartition>();
        for (int i = 0; i < PARTITIONS; i++) partitions.add(new TopicPartition(topic, i));
        return partitions;
    }

    @Override
    void verify(String context) {
        Map<String, Integer> counted = new TreeMap<>();
        for (TopicPartition partition : partitions(StreamsApplication.COUNTS)) {
            clients.readAll(partition, "read_committed").forEach(record -> {
                int next = counted.merge(record.key(), 1, Integer::sum);
                assertEquals(String.valueOf(next), record.value(), () -> "count of " + record.key() + " " + context);
            });
        }
        assertEquals(words, counted, context);
        Map<String, List<String>> results = new HashMap<>();
        for (TopicPartition partition : partitions(StreamsApplication.JOINED)) {
            clients.readAll(partition, "read_committed")
                    .forEach(record -> results.computeIfAbsent(record.key(), key -> new ArrayList<>())
                            .add(record.value()));
        }
        Map<String, List<String>> expected = new HashMap<>();
        joined.forEach((key, value) -> expected.put(key, List.of(value)));
        assertEquals(expected, results, context);
    }

    /** How many results there must be. */
    int size() {
        return count * (WORDS_IN_A_SENTENCE + 1);
    }
}
