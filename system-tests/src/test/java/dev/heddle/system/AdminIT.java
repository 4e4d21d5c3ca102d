package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

/** Apache's admin client. */
class AdminIT extends AgainstABroker {

    @Test
    void topicsAreCreatedDescribedGrownAndDeleted() {
        String topic = newTopic();
        var admin = clients.admin();
        var created = admin.createTopics(
                List.of(new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "1000000"))));
        Uuid id = get(created.topicId(topic));
        assertEquals("1000000", get(created.config(topic)).get("retention.ms").value());
        TopicDescription described = describe(topic);
        assertEquals(id, described.topicId());
        assertEquals(2, described.partitions().size());
        assertEquals(1, described.partitions().getFirst().isr().size());

        get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
        assertEquals(5, describe(topic).partitions().size());
        assertThrows(
                InvalidPartitionsException.class,
                () -> get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3)))
                        .all()));

        assertTrue(get(admin.listTopics().names()).contains(topic));
        get(admin.deleteTopics(List.of(topic)).all());
        assertFalse(get(admin.listTopics().names()).contains(topic));
        assertThrows(UnknownTopicOrPartitionException.class, () -> describe(topic));
    }

    private TopicDescription describe(String topic) {
        return get(clients.admin().describeTopics(List.of(topic)).allTopicNames())
                .get(topic);
    }

    @Test
    void whatCannotBeCreatedIsRefusedWithItsReason() {
        var admin = clients.admin();
        String existing = newTopic();
        clients.createTopic(existing, 1);
        assertThrows(TopicExistsException.class, () -> clients.createTopic(existing, 1));
        assertThrows(InvalidTopicException.class, () -> clients.createTopic("no spaces allowed", 1));
        assertThrows(InvalidPartitionsException.class, () -> clients.createTopic(newTopic(), 0));
        assertThrows(
                InvalidReplicationFactorException.class,
                () -> get(admin.createTopics(List.of(new NewTopic(newTopic(), 1, (short) 3)))
                        .all()));
        assertThrows(
                InvalidConfigurationException.class,
                () -> clients.createTopic(newTopic(), 1, Map.of("retention.ms", "soon")));
        assertThrows(
                InvalidConfigurationException.class,
                () -> clients.createTopic(newTopic(), 1, Map.of("no.such.config", "1")));
    }

    @Test
    void topicConfigsChangeWhileTheBrokerRuns() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        assertEquals(
                ConfigEntry.ConfigSource.DEFAULT_CONFIG,
                config(resource).get("retention.ms").source());
        alter(resource, "retention.ms", "5000", AlterConfigOp.OpType.SET);
        ConfigEntry changed = config(resource).get("retention.ms");
        assertEquals("5000", changed.value());
        assertEquals(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, changed.source());
        alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        assertEquals("delete,compact", config(resource).get("cleanup.policy").value());
        alter(resource, "retention.ms", null, AlterConfigOp.OpType.DELETE);
        assertEquals("604800000", config(resource).get("retention.ms").value());
        assertThrows(
                InvalidConfigurationException.class,
                () -> alter(resource, "min.insync.replicas", "none", AlterConfigOp.OpType.SET));
    }

    @Test
    void theBrokersConfigIsDescribed() {
        var resource = new ConfigResource(ConfigResource.Type.BROKER, brokerId());
        Config config = config(resource);
        assertEquals("0", config.get("group.initial.rebalance.delay.ms").value());
        assertEquals(
                ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG,
                config.get("group.initial.rebalance.delay.ms").source());
        assertTrue(config.get("node.id").isReadOnly());
        assertNotNull(config.get("num.network.threads"));
    }

    private String brokerId() {
        return get(clients.admin().describeCluster().nodes()).iterator().next().idString();
    }

    private Config config(ConfigResource resource) {
        return get(clients.admin().describeConfigs(List.of(resource)).all()).get(resource);
    }

    private void alter(ConfigResource resource, String key, String value, AlterConfigOp.OpType operation) {
        Map<ConfigResource, Collection<AlterConfigOp>> change =
                Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), operation)));
        get(clients.admin().incrementalAlterConfigs(change).all());
    }

    @Test
    void theClusterDescribesItself() {
        var cluster = clients.admin().describeCluster();
        assertEquals(22, get(cluster.clusterId()).length());
        assertEquals(1, get(cluster.nodes()).size());
        assertEquals(broker.port(), get(cluster.controller()).port());
    }

    @Test
    void recordsAreDeletedUpToAnOffset() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        produce(topic, 50);
        var admin = clients.admin();
        var partition = new TopicPartition(topic, 0);
        var answer = get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(20)))
                .lowWatermarks()
                .get(partition));
        assertEquals(20, answer.lowWatermark());
        assertEquals(20, offset(partition, OffsetSpec.earliest()));
        assertThrows(
                OffsetOutOfRangeException.class,
                () -> get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(51)))
                        .all()));
        get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                .all());
        assertEquals(50, offset(partition, OffsetSpec.earliest()));
    }

    @Test
    void specialOffsetsAreAnswered() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var partition = new TopicPartition(topic, 0);
        var producer = clients.producer(Map.of());
        long now = System.currentTimeMillis();
        for (long timestamp : new long[] {now - 30, now, now - 20}) {
            get(producer.send(new ProducerRecord<>(topic, 0, timestamp, "k", "v")));
        }
        assertEquals(0, offset(partition, OffsetSpec.earliest()));
        assertEquals(3, offset(partition, OffsetSpec.latest()));
        assertEquals(1, offset(partition, OffsetSpec.maxTimestamp()));
        assertEquals(1, offset(partition, OffsetSpec.forTimestamp(now - 10)));
        assertEquals(0, offset(partition, OffsetSpec.earliestLocal()));
    }

    private long offset(TopicPartition partition, OffsetSpec spec) {
        return get(clients.admin().listOffsets(Map.of(partition, spec)).all())
                .get(partition)
                .offset();
    }

    @Test
    void logDirectoriesTellTheSizeOfEachReplica() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        produce(topic, 10);
        int node = Integer.parseInt(brokerId());
        var directories = get(clients.admin().describeLogDirs(List.of(node)).allDescriptions())
                .get(node);
        assertEquals(1, directories.size());
        var directory = directories.values().iterator().next();
        assertTrue(directory.replicaInfos().get(new TopicPartition(topic, 0)).size() > 0);
        assertTrue(directory.totalBytes().getAsLong() > 0);
    }

    @Test
    void activeProducersAreDescribed() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        produce(topic, 10);
        var partition = new TopicPartition(topic, 0);
        var producers = get(clients.admin()
                        .describeProducers(List.of(partition))
                        .all())
                .get(partition)
                .activeProducers();
        assertEquals(1, producers.size());
        assertEquals(9, producers.getFirst().lastSequence());
    }

    @Test
    void configResourcesAreListed() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var resources = get(clients.admin()
                .listConfigResources(
                        Set.of(ConfigResource.Type.TOPIC),
                        new org.apache.kafka.clients.admin.ListConfigResourcesOptions())
                .all());
        assertTrue(resources.contains(new ConfigResource(ConfigResource.Type.TOPIC, topic)));
    }

    @Test
    void everyTopicConfigOfKafkaHasItsDefault() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        Config config = config(new ConfigResource(ConfigResource.Type.TOPIC, topic));
        var mine = new HashMap<String, Optional<String>>();
        config.entries().forEach(entry -> mine.put(entry.name(), Optional.ofNullable(entry.value())));
        var kafkas = new HashMap<String, Optional<String>>();
        var defaults = new org.apache.kafka.storage.internals.log.LogConfig(Map.of());
        for (String key : org.apache.kafka.storage.internals.log.LogConfig.configNames()) {
            Object value =
                    defaults.originals().getOrDefault(key, defaults.values().get(key));
            String text = value instanceof List<?> list
                    ? String.join(",", list.stream().map(Object::toString).toList())
                    : value == null ? null : value.toString();
            kafkas.put(key, Optional.ofNullable(text));
        }
        kafkas.keySet().removeIf(key -> !mine.containsKey(key) && key.startsWith("internal."));
        assertEquals(kafkas, mine);
    }

    private void produce(String topic, int count) {
        try (var producer = clients.producer(Map.of())) {
            for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, 0, null, "value-" + i));
        }
    }
}
