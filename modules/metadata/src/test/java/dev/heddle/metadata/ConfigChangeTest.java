package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConfigChangeTest {

    private final Fixture fixture = Fixture.running();

    private static AlterConfigsResource resource(Type type, String name) {
        return new AlterConfigsResource().setResourceType(type.id()).setResourceName(name);
    }

    private static AlterConfigsResource with(
            AlterConfigsResource resource, OpType operation, String name, @Nullable String value) {
        resource.configs()
                .mustAdd(new AlterableConfig().setName(name).setValue(value).setConfigOperation(operation.id()));
        return resource;
    }

    private AlterConfigsResourceResponse alter(AlterConfigsResource resource) {
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().mustAdd(resource);
        return fixture.controller.incrementalAlterConfigs(request).responses().getFirst();
    }

    private void assertAltered(AlterConfigsResource resource) {
        AlterConfigsResourceResponse response = alter(resource);
        assertEquals(Errors.NONE.code(), response.errorCode(), response::errorMessage);
    }

    private void assertRefused(Errors error, String message, AlterConfigsResource resource) {
        long offset = fixture.image().offset();
        AlterConfigsResourceResponse response = alter(resource);
        assertEquals(error.code(), response.errorCode(), response::errorMessage);
        assertEquals(message, response.errorMessage());
        assertEquals(offset, fixture.image().offset());
    }

    private Map<String, String> topicConfigs() {
        return fixture.image().configs().ofTopic("a");
    }

    @Test
    void values_are_set_and_deleted() {
        fixture.createTopic("a", 1);
        assertAltered(
                with(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"), OpType.SET, "segment.ms", "7"));
        assertEquals(Map.of("retention.ms", "5", "segment.ms", "7"), topicConfigs());
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.DELETE, "retention.ms", null));
        assertEquals(Map.of("segment.ms", "7"), topicConfigs());
    }

    @Test
    void an_unchanged_value_writes_nothing() {
        fixture.createTopic("a", 1);
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"));
        long offset = fixture.image().offset();
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"));
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.DELETE, "segment.ms", null));
        assertEquals(offset, fixture.image().offset());
    }

    @Test
    void lists_are_appended_to_and_subtracted_from_starting_from_the_default() {
        fixture.createTopic("a", 1);
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.APPEND, "cleanup.policy", "compact"));
        assertEquals(Map.of("cleanup.policy", "delete,compact"), topicConfigs());
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.APPEND, "cleanup.policy", "compact"));
        assertEquals(Map.of("cleanup.policy", "delete,compact"), topicConfigs());
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.SUBTRACT, "cleanup.policy", "delete"));
        assertEquals(Map.of("cleanup.policy", "compact"), topicConfigs());
        assertRefused(
                Errors.INVALID_CONFIG,
                "Can't APPEND to key retention.ms because its type is not LIST.",
                with(resource(Type.TOPIC, "a"), OpType.APPEND, "retention.ms", "1"));
    }

    @Test
    void topics_must_exist_and_values_must_fit() {
        assertRefused(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                "The topic 'nope' does not exist.",
                with(resource(Type.TOPIC, "nope"), OpType.SET, "retention.ms", "5"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Default topic resources are not allowed.",
                with(resource(Type.TOPIC, ""), OpType.SET, "retention.ms", "5"));
        fixture.createTopic("a", 1);
        assertEquals(
                Errors.INVALID_CONFIG.code(),
                alter(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "soon"))
                        .errorCode());
        assertEquals(
                Errors.INVALID_CONFIG.code(),
                alter(with(resource(Type.TOPIC, "a"), OpType.SET, "no.such.key", "1"))
                        .errorCode());
        assertEquals(
                Errors.INVALID_TOPIC_EXCEPTION.code(),
                alter(with(resource(Type.TOPIC, "a b"), OpType.SET, "retention.ms", "1"))
                        .errorCode());
        assertRefused(
                Errors.INVALID_CONFIG,
                "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.",
                with(resource(Type.TOPIC, "a"), OpType.SET, "cleanup.policy", "x".repeat(32768)));
        assertEquals(Map.of(), topicConfigs());
    }

    @Test
    void one_bad_value_spoils_its_resource_and_no_other() {
        fixture.createTopic("a", 1);
        fixture.createTopic("b", 1);
        var request = new IncrementalAlterConfigsRequestData();
        request.resources()
                .mustAdd(with(
                        with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"),
                        OpType.SET,
                        "segment.ms",
                        "soon"));
        request.resources().mustAdd(with(resource(Type.TOPIC, "b"), OpType.SET, "retention.ms", "5"));
        var responses = fixture.controller.incrementalAlterConfigs(request).responses();
        assertEquals(Errors.INVALID_CONFIG.code(), responses.get(0).errorCode());
        assertEquals(Errors.NONE.code(), responses.get(1).errorCode());
        assertEquals(Map.of(), topicConfigs());
        assertEquals(Map.of("retention.ms", "5"), fixture.image().configs().ofTopic("b"));
    }

    @Test
    void requests_that_contradict_themselves_are_refused() {
        fixture.createTopic("a", 1);
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().mustAdd(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"));
        request.resources().mustAdd(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "6"));
        for (var response : fixture.controller.incrementalAlterConfigs(request).responses()) {
            assertEquals(Errors.INVALID_REQUEST.code(), response.errorCode());
            assertEquals("Each resource must appear at most once.", response.errorMessage());
        }
        assertRefused(
                Errors.INVALID_REQUEST,
                "Error due to duplicate config keys",
                with(
                        with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"),
                        OpType.SET,
                        "retention.ms",
                        "6"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Null value not supported for : retention.ms",
                with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", null));
        AlterConfigsResource unknown = resource(Type.TOPIC, "a");
        unknown.configs()
                .mustAdd(new AlterableConfig()
                        .setName("retention.ms")
                        .setValue("1")
                        .setConfigOperation((byte) 9));
        assertRefused(Errors.INVALID_REQUEST, "Unknown operations type 9", unknown);
        assertRefused(
                Errors.INVALID_REQUEST,
                "Unknown resource type 0",
                with(new AlterConfigsResource().setResourceType((byte) 77).setResourceName("x"), OpType.SET, "a", "1"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Unknown resource type 8",
                with(resource(Type.BROKER_LOGGER, "1"), OpType.SET, "root", "INFO"));
    }

    @Test
    void brokers_are_configured_one_or_all() {
        assertAltered(with(resource(Type.BROKER, "1"), OpType.SET, "broker.number", "5"));
        assertAltered(with(resource(Type.BROKER, ""), OpType.SET, "broker.number", "6"));
        assertEquals(Map.of("broker.number", "5"), fixture.image().configs().of(new ConfigResource(Type.BROKER, "1")));
        assertEquals(
                "6",
                fixture.image()
                        .configs()
                        .of(new ConfigResource(Type.BROKER, ""))
                        .get("broker.number"));
        assertAltered(with(resource(Type.BROKER, "1"), OpType.APPEND, "broker.list", "c"));
        assertEquals(
                "a,b,c",
                fixture.image()
                        .configs()
                        .of(new ConfigResource(Type.BROKER, "1"))
                        .get("broker.list"));
        // Kafka writes a broker's configuration even if it stays the same: brokers reload files then.
        long offset = fixture.image().offset();
        assertAltered(with(resource(Type.BROKER, "1"), OpType.SET, "broker.number", "5"));
        assertEquals(offset + 1, fixture.image().offset());
    }

    @Test
    void only_this_broker_can_be_configured_and_only_rightly() {
        assertRefused(
                Errors.INVALID_REQUEST,
                "Unexpected broker id, expected 1, but received 2",
                with(resource(Type.BROKER, "2"), OpType.SET, "broker.number", "5"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Node id must be an integer, but it is: one",
                with(resource(Type.BROKER, "one"), OpType.SET, "broker.number", "5"));
        assertRefused(
                Errors.INVALID_CONFIG,
                "Unknown config name: no.such.key",
                with(resource(Type.BROKER, "1"), OpType.SET, "no.such.key", "5"));
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                alter(with(resource(Type.BROKER, "1"), OpType.SET, "broker.number", "many"))
                        .errorCode());
    }

    @Test
    void the_minimum_of_in_sync_replicas_is_the_clusters_while_elr_is_on() {
        assertRefused(
                Errors.INVALID_CONFIG,
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
                with(resource(Type.BROKER, "1"), OpType.SET, "min.insync.replicas", "1"));
        assertRefused(
                Errors.INVALID_CONFIG,
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
                with(resource(Type.BROKER, ""), OpType.DELETE, "min.insync.replicas", null));
        assertAltered(with(resource(Type.BROKER, ""), OpType.SET, "min.insync.replicas", "2"));
    }

    @Test
    void a_new_minimum_of_in_sync_replicas_clears_the_elr() {
        fixture.createTopic("a", 1);
        var control = new ConfigControl(
                new ConfigValidation(1, new TestDefinitions(Map.of()), null),
                new ConfigLists(new TestDefinitions(Map.of())));
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().mustAdd(with(resource(Type.TOPIC, "a"), OpType.SET, "min.insync.replicas", "2"));
        List<VersionedRecord> records =
                control.incrementalAlterConfigs(fixture.image(), request).records();
        assertEquals(new ClearElrRecord().setTopicName("a"), records.getLast().record());
        assertAltered(with(resource(Type.TOPIC, "a"), OpType.SET, "min.insync.replicas", "2"));
        assertEquals(0, fixture.topic("a").partition(0).partitionEpoch());
    }

    @Test
    void groups_and_client_metrics_have_configurations_too() {
        assertAltered(with(resource(Type.GROUP, "g"), OpType.SET, "group.number", "2"));
        assertEquals(Map.of("group.number", "2"), fixture.image().configs().of(new ConfigResource(Type.GROUP, "g")));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Default group resources are not allowed.",
                with(resource(Type.GROUP, ""), OpType.SET, "group.number", "2"));
        assertAltered(with(
                with(resource(Type.CLIENT_METRICS, "s"), OpType.SET, "interval.ms", "100"),
                OpType.SET,
                "match",
                "client_id=a.*,client_software_name=java"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Subscription name can't be empty",
                with(resource(Type.CLIENT_METRICS, ""), OpType.SET, "interval.ms", "100"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Unknown client metrics configuration: nope",
                with(resource(Type.CLIENT_METRICS, "s"), OpType.SET, "nope", "100"));
        assertRefused(
                Errors.INVALID_REQUEST,
                "Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)",
                with(resource(Type.CLIENT_METRICS, "s"), OpType.SET, "interval.ms", "99"));
        for (String pattern : List.of("client_id", "nobody=1", "client_id=[")) {
            assertRefused(
                    Errors.INVALID_CONFIG,
                    "Illegal client matching pattern: " + pattern,
                    with(resource(Type.CLIENT_METRICS, "s"), OpType.SET, "match", pattern));
        }
    }

    private static AlterConfigsRequestData replacement(Type type, String name, Map<String, String> configs) {
        var resource = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name);
        configs.forEach((key, value) -> resource.configs()
                .mustAdd(new AlterConfigsRequestData.AlterableConfig()
                        .setName(key)
                        .setValue(value)));
        var request = new AlterConfigsRequestData();
        request.resources().mustAdd(resource);
        return request;
    }

    @Test
    void a_replacement_drops_what_it_does_not_name() {
        fixture.createTopic("a", 1);
        assertAltered(
                with(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"), OpType.SET, "segment.ms", "7"));
        var request = replacement(Type.TOPIC, "a", Map.of("segment.ms", "8"));
        fixture.controller.alterConfigs(request.duplicate().setValidateOnly(true));
        assertEquals(Map.of("retention.ms", "5", "segment.ms", "7"), topicConfigs());
        assertEquals(
                Errors.NONE.code(),
                fixture.controller.alterConfigs(request).responses().getFirst().errorCode());
        assertEquals(Map.of("segment.ms", "8"), topicConfigs());
        var refused = fixture.controller.alterConfigs(replacement(Type.TOPIC, "a", Map.of("segment.ms", "soon")));
        assertEquals(
                Errors.INVALID_CONFIG.code(), refused.responses().getFirst().errorCode());
        Map<String, String> withNull = new HashMap<>();
        withNull.put("segment.ms", null);
        refused = fixture.controller.alterConfigs(replacement(Type.TOPIC, "a", withNull));
        assertEquals(
                "Null value not supported for : segment.ms",
                refused.responses().getFirst().errorMessage());
        refused = fixture.controller.alterConfigs(replacement(Type.BROKER, "", Map.of()));
        assertEquals(
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
                refused.responses().getFirst().errorMessage());
        assertEquals(Map.of("segment.ms", "8"), topicConfigs());
    }

    @Test
    void validation_alone_changes_nothing() {
        fixture.createTopic("a", 1);
        var request = new IncrementalAlterConfigsRequestData().setValidateOnly(true);
        request.resources().mustAdd(with(resource(Type.TOPIC, "a"), OpType.SET, "retention.ms", "5"));
        assertEquals(
                Errors.NONE.code(),
                fixture.controller
                        .incrementalAlterConfigs(request)
                        .responses()
                        .getFirst()
                        .errorCode());
        assertEquals(Map.of(), topicConfigs());
    }

    @Test
    void a_policy_may_refuse_configurations() {
        fixture.createTopic("a", 1);
        AlterConfigPolicy policy = new NoShortRetention();
        var validation = new ConfigValidation(1, new TestDefinitions(Map.of()), policy);
        var resource = new ConfigResource(Type.TOPIC, "a");
        validation.validate(
                fixture.image(),
                new ConfigChange(resource, Map.of("retention.ms", "500"), java.util.Set.of(), Map.of()));
        assertThrows(
                PolicyViolationException.class,
                () -> validation.validate(
                        fixture.image(),
                        new ConfigChange(resource, Map.of("retention.ms", "5"), java.util.Set.of(), Map.of())));
    }

    private static final class NoShortRetention implements AlterConfigPolicy {
        @Override
        public void validate(RequestMetadata request) {
            if (request.configs().get("retention.ms").length() < 3) throw new PolicyViolationException("too short");
        }

        @Override
        public void configure(Map<String, ?> configs) {}

        @Override
        public void close() {}
    }
}
