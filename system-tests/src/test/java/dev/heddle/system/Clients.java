package dev.heddle.system;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Apache's Java clients for one broker; what a test does not close itself is closed at the end. */
final class Clients implements AutoCloseable {

    private static final Duration STEP = Duration.ofMillis(200);

    private static final CloseOptions CLOSE_AT_ONCE = CloseOptions.timeout(Duration.ZERO);

    private final String bootstrap;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private Admin admin;

    Clients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    Admin admin() {
        if (admin == null) {
            admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", "30000"));
            opened.push(admin);
        }
        return admin;
    }

    void createTopic(String name, int partitions, Map<String, String> configs) {
        get(admin().createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                .all());
    }

    /**
     * Creates a topic and waits until its partitions are led. Apache Kafka answers before that; then it may refuse an
     * idempotent producer's first batch and take the second, and the first never gets in any more.
     */
    void createLedTopic(String name, int partitions, Map<String, String> configs) {
        createTopic(name, partitions, configs);
        Await.that(() -> isKnown(name), name + " is known");
        var latest = new HashMap<TopicPartition, OffsetSpec>();
        for (int i = 0; i < partitions; i++) latest.put(new TopicPartition(name, i), OffsetSpec.latest());
        get(admin().listOffsets(latest).all());
    }

    int partitions(String topic) {
        return get(admin().describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .partitions()
                .size();
    }

    /** Makes partitions more, and waits until the new ones are led. */
    void growTopic(String name, int partitions) {
        get(admin().createPartitions(Map.of(name, NewPartitions.increaseTo(partitions)))
                .all());
        Await.that(() -> partitions(name) == partitions, name + " has grown");
        get(admin().listOffsets(Map.of(new TopicPartition(name, partitions - 1), OffsetSpec.latest()))
                .all());
    }

    void createTopic(String name, int partitions) {
        createTopic(name, partitions, Map.of());
    }

    private boolean isKnown(String topic) {
        try {
            topicId(topic);
            return true;
        } catch (UnknownTopicOrPartitionException notYet) {
            return false;
        }
    }

    KafkaProducer<String, String> producer(Map<String, ?> settings) {
        return remember(new KafkaProducer<>(with(settings), new StringSerializer(), new StringSerializer()));
    }

    /** One that is not closed with the others, but by whoever asked for it: it outlives this broker. */
    KafkaProducer<String, String> lastingProducer(Map<String, ?> settings) {
        return new KafkaProducer<>(with(settings), new StringSerializer(), new StringSerializer());
    }

    KafkaProducer<byte[], byte[]> bytesProducer(Map<String, ?> settings) {
        return remember(new KafkaProducer<>(with(settings), new ByteArraySerializer(), new ByteArraySerializer()));
    }

    KafkaConsumer<String, String> consumer(Map<String, ?> settings) {
        return remember(new KafkaConsumer<>(
                with(Map.of("auto.offset.reset", "earliest"), settings),
                new StringDeserializer(),
                new StringDeserializer()));
    }

    KafkaConsumer<byte[], byte[]> bytesConsumer(Map<String, ?> settings) {
        return remember(new KafkaConsumer<>(
                with(Map.of("auto.offset.reset", "earliest"), settings),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer()));
    }

    /** A member of a share group; explicit acknowledgement is for the settings to choose. */
    KafkaShareConsumer<String, String> shareConsumer(String group, String topic, Map<String, ?> settings) {
        var consumer = remember(new KafkaShareConsumer<>(
                with(Map.of("group.id", group), settings), new StringDeserializer(), new StringDeserializer()));
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    @SafeVarargs
    private Map<String, Object> with(Map<String, ?>... settings) {
        var all = new HashMap<String, Object>();
        all.put("bootstrap.servers", bootstrap);
        for (Map<String, ?> some : settings) all.putAll(some);
        return all;
    }

    private <C extends AutoCloseable> C remember(C client) {
        opened.push(client);
        return client;
    }

    /** All records of a partition that there are now, as seen with an {@code isolation.level}. */
    List<ConsumerRecord<String, String>> readAll(TopicPartition partition, String isolation) {
        var records = new ArrayList<ConsumerRecord<String, String>>();
        read(partition, isolation, records::add);
        return records;
    }

    /** Shows all records of a partition that there are now, one after the other. */
    void forEach(TopicPartition partition, Consumer<ConsumerRecord<String, String>> action) {
        read(partition, "read_uncommitted", action);
    }

    private void read(TopicPartition partition, String isolation, Consumer<ConsumerRecord<String, String>> action) {
        KafkaConsumer<String, String> consumer = consumer(Map.of("isolation.level", isolation));
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        long position = -1;
        long deadline = 0;
        while (consumer.position(partition) < end) {
            if (consumer.position(partition) > position) {
                position = consumer.position(partition);
                deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            } else if (System.nanoTime() > deadline) {
                throw new AssertionError(partition + ": stays at " + position + " of " + end);
            }
            consumer.poll(STEP).forEach(action);
        }
        consumer.close(CLOSE_AT_ONCE);
    }

    long startOffset(TopicPartition partition) {
        return offset(partition, OffsetSpec.earliest());
    }

    long endOffset(TopicPartition partition) {
        return offset(partition, OffsetSpec.latest());
    }

    private long offset(TopicPartition partition, OffsetSpec spec) {
        return get(admin().listOffsets(Map.of(partition, spec)).partitionResult(partition))
                .offset();
    }

    /** The offset that a group has committed. */
    long committed(String group, TopicPartition partition) {
        return get(admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .get(partition)
                .offset();
    }

    Uuid topicId(String topic) {
        return get(admin().describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .topicId();
    }

    /** Polls until {@code count} records have come. */
    static <K, V> List<ConsumerRecord<K, V>> poll(KafkaConsumer<K, V> consumer, int count) {
        return poll(consumer::poll, count);
    }

    /** Polls until {@code count} records have come. */
    static <K, V> List<ConsumerRecord<K, V>> poll(KafkaShareConsumer<K, V> consumer, int count) {
        return poll(consumer::poll, count);
    }

    private static <K, V> List<ConsumerRecord<K, V>> poll(Function<Duration, ConsumerRecords<K, V>> source, int count) {
        var records = new ArrayList<ConsumerRecord<K, V>>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (records.size() < count) {
            source.apply(STEP).forEach(records::add);
            if (System.nanoTime() > deadline) {
                throw new AssertionError("only " + records.size() + " of " + count + " records came");
            }
        }
        return records;
    }

    static List<String> values(Collection<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    /** The result, or the exception that the broker's answer became. */
    static <T> T get(Future<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                AutoCloseable client = opened.pop();
                // A consumer would wait for the answer to its last long poll.
                if (client instanceof KafkaConsumer<?, ?> consumer) consumer.close(CLOSE_AT_ONCE);
                else client.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
