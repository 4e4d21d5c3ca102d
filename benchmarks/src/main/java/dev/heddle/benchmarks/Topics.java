package dev.heddle.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes what scenarios need. */
final class Topics {

    private static final long SETTLING_MS = 150;

    private Topics() {}

    /** Creates a topic, and waits until each of its partitions has a leader that answers; returns how long that took. */
    static Duration create(Broker broker, NewTopic topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.describeCluster().nodes().get(1, TimeUnit.MINUTES); // connected
            long from = System.nanoTime();
            admin.createTopics(List.of(topic)).all().get(1, TimeUnit.MINUTES);
            Map<TopicPartition, OffsetSpec> all = new HashMap<>();
            for (int partition = 0; partition < topic.numPartitions(); partition++) {
                all.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
            }
            while (!answers(admin, all)) Thread.onSpinWait();
            return Duration.ofNanos(System.nanoTime() - from);
        }
    }

    /** Creates the topic of the groups' offsets: the coordinators are there from now on, that of {@code group} for certain. */
    static void createOffsets(Broker broker, String group) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(1, TimeUnit.MINUTES);
        }
    }

    static void delete(Broker broker, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.deleteTopics(List.of(topic)).all().get(1, TimeUnit.MINUTES);
        }
    }

    /** Where each of its partitions ends, by their numbers. */
    static long[] endOffsets(Broker broker, String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            Map<TopicPartition, OffsetSpec> all = new HashMap<>();
            for (int i = 0; i < partitions; i++) all.put(new TopicPartition(topic, i), OffsetSpec.latest());
            var found = admin.listOffsets(all).all().get(1, TimeUnit.MINUTES);
            var offsets = new long[partitions];
            found.forEach((partition, end) -> offsets[partition.partition()] = end.offset());
            return offsets;
        }
    }

    /** The same, once the broker has appended all that clients sent before they closed their connections. */
    static long[] settledEndOffsets(Broker broker, String topic, int partitions) throws Exception {
        long[] before;
        long[] now = endOffsets(broker, topic, partitions);
        do {
            before = now;
            TimeUnit.MILLISECONDS.sleep(SETTLING_MS);
            now = endOffsets(broker, topic, partitions);
        } while (!Arrays.equals(before, now));
        return now;
    }

    /** A broker may not know yet what its controller has created. */
    private static boolean answers(Admin admin, Map<TopicPartition, OffsetSpec> all) throws Exception {
        try {
            admin.listOffsets(all).all().get(1, TimeUnit.MINUTES);
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) return false;
            throw e;
        }
    }
}
