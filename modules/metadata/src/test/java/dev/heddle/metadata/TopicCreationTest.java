package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.junit.jupiter.api.Test;

final class TopicCreationTest {

    private static void assertRefused(Errors error, String message, CreatableTopicResult result) {
        assertEquals(error.code(), result.errorCode(), result::errorMessage);
        assertEquals(message, result.errorMessage());
    }

    @Test
    void a_topic_gets_an_id_and_partitions_led_by_the_broker() {
        Fixture fixture = Fixture.running();
        CreatableTopicResult result = fixture.create(Fixture.topic("orders", 3, 1));
        assertEquals(Errors.NONE.code(), result.errorCode());
        assertEquals(3, result.numPartitions());
        assertEquals(1, result.replicationFactor());
        TopicImage topic = fixture.topic("orders");
        assertEquals(result.topicId(), topic.id());
        assertEquals(topic, fixture.image().topics().topic(topic.id()));
        assertEquals(3, topic.partitions().size());
        PartitionImage partition = topic.partition(2);
        assertEquals(List.of(1), partition.replicas());
        assertEquals(List.of(1), partition.isr());
        assertEquals(List.of(Fixture.DIRECTORY), partition.directories());
        assertEquals(1, partition.leader());
        assertEquals(0, partition.leaderEpoch());
        assertEquals(0, partition.partitionEpoch());
    }

    @Test
    void what_a_request_leaves_open_comes_from_the_configuration() {
        Fixture fixture = Fixture.running(Map.of("num.partitions", "5"));
        CreatableTopicResult result = fixture.create(Fixture.topic("orders", -1, -1));
        assertEquals(5, result.numPartitions());
        assertEquals(1, result.replicationFactor());
    }

    @Test
    void an_existing_topic_is_not_created_again() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("orders", 1);
        Uuid id = fixture.topic("orders").id();
        assertRefused(
                Errors.TOPIC_ALREADY_EXISTS,
                "Topic 'orders' already exists.",
                fixture.create(Fixture.topic("orders", 1, 1)));
        assertEquals(id, fixture.topic("orders").id());
    }

    @Test
    void names_that_are_none_are_refused() {
        Fixture fixture = Fixture.running();
        for (String name : List.of("", ".", "..", "a b", "ä", "x".repeat(250))) {
            CreatableTopicResult result = fixture.create(Fixture.topic(name, 1, 1));
            assertEquals(Errors.INVALID_TOPIC_EXCEPTION.code(), result.errorCode(), name);
        }
        assertEquals(0, fixture.image().topics().size());
    }

    @Test
    void a_name_that_differs_only_in_dots_and_underscores_collides() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a.b_c", 1);
        assertRefused(
                Errors.INVALID_TOPIC_EXCEPTION,
                "Topic 'a_b.c' collides with existing topic: a.b_c",
                fixture.create(Fixture.topic("a_b.c", 1, 1)));
        fixture.createTopic("a.b", 1);
        fixture.createTopic("abc", 1);
    }

    @Test
    void the_metadata_log_cannot_be_created_as_a_topic() {
        assertRefused(
                Errors.INVALID_REQUEST,
                "Creation of internal topic __cluster_metadata is prohibited.",
                Fixture.running().create(Fixture.topic("__cluster_metadata", 1, 1)));
    }

    @Test
    void numbers_that_are_impossible_are_refused() {
        Fixture fixture = Fixture.running();
        assertRefused(
                Errors.INVALID_PARTITIONS,
                "Number of partitions was set to an invalid non-positive value.",
                fixture.create(Fixture.topic("a", 0, 1)));
        assertEquals(
                Errors.INVALID_PARTITIONS.code(),
                fixture.create(Fixture.topic("a", -2, 1)).errorCode());
        assertRefused(
                Errors.INVALID_REPLICATION_FACTOR,
                "Replication factor must be larger than 0, or -1 to use the default value.",
                fixture.create(Fixture.topic("a", 1, 0)));
        assertEquals(
                Errors.INVALID_REPLICATION_FACTOR.code(),
                fixture.create(Fixture.topic("a", 1, -2)).errorCode());
    }

    @Test
    void more_replicas_than_brokers_are_refused() {
        assertRefused(
                Errors.INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached"
                        + " because only 1 broker(s) are registered or some brokers have all their log directories"
                        + " cordoned.",
                Fixture.running().create(Fixture.topic("a", 1, 3)));
    }

    @Test
    void no_topic_is_created_while_the_broker_is_fenced() {
        var fixture = new Fixture();
        fixture.controller.start();
        fixture.register(-1);
        assertRefused(
                Errors.INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log"
                        + " directories cordoned.",
                fixture.create(Fixture.topic("a", 1, 1)));
    }

    @Test
    void partitions_can_be_assigned_by_hand() {
        Fixture fixture = Fixture.running();
        CreatableTopicResult result =
                fixture.create(Fixture.assigned(Fixture.assigned(Fixture.topic("a", -1, -1), 1, 1), 0, 1));
        assertEquals(Errors.NONE.code(), result.errorCode());
        assertEquals(2, result.numPartitions());
        assertEquals(2, fixture.topic("a").partitions().size());
    }

    @Test
    void assignments_that_are_impossible_are_refused() {
        Fixture fixture = Fixture.running();
        assertRefused(
                Errors.INVALID_REQUEST,
                "A manual partition assignment was specified, but replication factor was not set to -1.",
                fixture.create(Fixture.assigned(Fixture.topic("a", -1, 1), 0, 1)));
        assertRefused(
                Errors.INVALID_REQUEST,
                "A manual partition assignment was specified, but numPartitions was not set to -1.",
                fixture.create(Fixture.assigned(Fixture.topic("a", 1, -1), 0, 1)));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "The manual partition assignment includes broker 2, but no such broker is registered.",
                fixture.create(Fixture.assigned(Fixture.topic("a", -1, -1), 0, 2)));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "The manual partition assignment includes the broker 1 more than once.",
                fixture.create(Fixture.assigned(Fixture.topic("a", -1, -1), 0, 1, 1)));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "The manual partition assignment includes an empty replica list.",
                fixture.create(Fixture.assigned(Fixture.topic("a", -1, -1), 0)));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "partitions should be a consecutive 0-based integer sequence",
                fixture.create(Fixture.assigned(Fixture.topic("a", -1, -1), 1, 1)));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "Found multiple manual partition assignments for partition 0",
                fixture.create(Fixture.assigned(Fixture.assigned(Fixture.topic("a", -1, -1), 0, 1), 0, 1)));
    }

    @Test
    void a_configuration_is_kept_and_answered_with_its_source() {
        Fixture fixture = Fixture.running(Map.of("log.retention.hours", "2", "log.cleanup.policy", "compact"));
        CreatableTopicResult result =
                fixture.create(Fixture.with(Fixture.topic("a", 1, 1), "segment.bytes", "1048576"));
        Map<String, CreatableTopicConfigs> configs = new TreeMap<>();
        result.configs().forEach(config -> configs.put(config.name(), config));
        assertConfig(configs, "segment.bytes", "1048576", ConfigSource.TOPIC_CONFIG);
        assertConfig(configs, "retention.ms", "7200000", ConfigSource.STATIC_BROKER_CONFIG);
        assertConfig(configs, "cleanup.policy", "compact", ConfigSource.STATIC_BROKER_CONFIG);
        assertConfig(configs, "min.insync.replicas", "1", ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertConfig(configs, "max.message.bytes", "1048588", ConfigSource.DEFAULT_CONFIG);
        assertEquals(
                configs.keySet().stream().toList(),
                result.configs().stream().map(CreatableTopicConfigs::name).toList());
        assertEquals(
                Map.of("segment.bytes", "1048576"), fixture.image().configs().ofTopic("a"));
    }

    private static void assertConfig(
            Map<String, CreatableTopicConfigs> configs, String name, String value, ConfigSource source) {
        assertEquals(value, configs.get(name).value(), name);
        assertEquals(source.id(), configs.get(name).configSource(), name);
    }

    @Test
    void a_configuration_that_is_wrong_is_refused() {
        Fixture fixture = Fixture.running();
        for (String[] config :
                new String[][] {{"no.such.key", "1"}, {"retention.ms", "soon"}, {"segment.bytes", "1"}}) {
            CreatableTopicResult result = fixture.create(Fixture.with(Fixture.topic("a", 1, 1), config[0], config[1]));
            assertEquals(Errors.INVALID_CONFIG.code(), result.errorCode(), config[0]);
        }
        assertRefused(
                Errors.INVALID_CONFIG,
                "Null value not supported for topic configs: retention.ms",
                fixture.create(Fixture.with(Fixture.topic("a", 1, 1), "retention.ms", null)));
        assertEquals(0, fixture.image().topics().size());
    }

    @Test
    void duplicates_in_one_request_are_all_refused_and_the_rest_is_created() {
        Fixture fixture = Fixture.running();
        var request = new CreateTopicsRequestData();
        request.topics().mustAdd(Fixture.topic("twice", 1, 1));
        request.topics().mustAdd(Fixture.topic("once", 1, 1));
        request.topics().mustAdd(Fixture.topic("twice", 2, 1));
        var response = fixture.controller.createTopics(request);
        assertEquals(2, response.topics().size());
        assertRefused(
                Errors.INVALID_REQUEST,
                "Duplicate topic name.",
                response.topics().find("twice"));
        assertEquals(Errors.NONE.code(), response.topics().find("once").errorCode());
        assertNull(fixture.image().topics().topic("twice"));
    }

    @Test
    void validation_alone_changes_nothing() {
        Fixture fixture = Fixture.running();
        long offset = fixture.image().offset();
        var response =
                fixture.controller.createTopics(Fixture.creation(Fixture.topic("a", 4, 1), Fixture.topic("b", 1, 2))
                        .setValidateOnly(true));
        assertEquals(Errors.NONE.code(), response.topics().find("a").errorCode());
        assertEquals(4, response.topics().find("a").numPartitions());
        assertEquals(
                Errors.INVALID_REPLICATION_FACTOR.code(),
                response.topics().find("b").errorCode());
        assertEquals(offset, fixture.image().offset());
        assertEquals(0, fixture.image().topics().size());
    }

    @Test
    void a_request_for_too_much_is_refused_whole() {
        Fixture fixture = Fixture.running();
        for (var topics : List.of(
                Fixture.creation(Fixture.topic("a", 10_001, 1)),
                Fixture.creation(Fixture.topic("a", Integer.MAX_VALUE, 1), Fixture.topic("b", 10, 1)),
                // The partitions alone would fit into one batch, but not with the topic's own record.
                Fixture.creation(Fixture.topic("a", 10_000, 1)))) {
            var refusal = assertThrows(AnswerException.class, () -> fixture.controller.createTopics(topics));
            assertEquals(Errors.POLICY_VIOLATION, refusal.error());
        }
        assertEquals(0, fixture.image().topics().size());
        assertEquals(9_999, fixture.create(Fixture.topic("a", 9_999, 1)).numPartitions());
    }

    @Test
    void a_policy_may_refuse_topics() {
        var policy = new NoUppercase();
        Fixture fixture = new Fixture();
        var control = new TopicControl(
                new ControllerConfig.TopicDefaults(1, 1, true, true),
                new ConfigControl(
                        new ConfigValidation(1, new TestDefinitions(Map.of()), null),
                        new ConfigLists(new TestDefinitions(Map.of()))),
                new EffectiveTopicConfigs(1, Map.of()),
                policy);
        fixture.run();
        var response = control.createTopics(
                        fixture.image(),
                        Fixture.creation(
                                Fixture.topic("A", 1, 1),
                                Fixture.with(Fixture.topic("a", 2, 1), "retention.ms", "5"),
                                Fixture.assigned(Fixture.topic("b", -1, -1), 0, 1)))
                .response();
        assertRefused(Errors.POLICY_VIOLATION, "not A", response.topics().find("A"));
        assertEquals(Errors.NONE.code(), response.topics().find("a").errorCode());
        assertEquals(Errors.NONE.code(), response.topics().find("b").errorCode());
        assertEquals(2, policy.asked.get("a").numPartitions());
        assertEquals(Map.of("retention.ms", "5"), policy.asked.get("a").configs());
        assertNull(policy.asked.get("b").numPartitions());
        assertEquals(Map.of(0, List.of(1)), policy.asked.get("b").replicasAssignments());
    }

    /** Refuses names with upper-case letters, and remembers what it was asked. */
    private static final class NoUppercase implements CreateTopicPolicy {

        final Map<String, RequestMetadata> asked = new TreeMap<>();

        @Override
        public void validate(RequestMetadata request) {
            asked.put(request.topic(), request);
            if (!request.topic().equals(request.topic().toLowerCase(java.util.Locale.ROOT))) {
                throw new PolicyViolationException("not " + request.topic());
            }
        }

        @Override
        public void configure(Map<String, ?> configs) {}

        @Override
        public void close() {}
    }

    @Test
    void with_several_directories_the_broker_chooses_later() {
        var fixture = new Fixture();
        fixture.controller.start();
        var registration = Fixture.registration(-1).setLogDirs(List.of(new Uuid(1, 1), new Uuid(2, 2)));
        fixture.brokerEpoch = fixture.controller.registerBroker(registration).brokerEpoch();
        fixture.unfence();
        fixture.createTopic("a", 1);
        assertEquals(
                List.of(Partitions.UNASSIGNED_DIRECTORY),
                fixture.topic("a").partition(0).directories());
    }

    @Test
    void every_topic_has_an_id_of_its_own() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        Uuid before = fixture.topic("a").id();
        fixture.deleteTopic("a");
        fixture.createTopic("a", 1);
        assertNotEquals(before, fixture.topic("a").id());
        assertTrue(fixture.image().topics().topic(before) == null);
    }
}
