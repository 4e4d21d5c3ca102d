package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfigCollection;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.junit.jupiter.api.Test;

/** IncrementalAlterConfigs and AlterConfigs. */
class AlterConfigsHandlersTest {

    private static final short VERSION = 1;

    private final FakeController controller = new FakeController(TestMetadata.withOneBroker());
    private final FakeLoggers loggers = new FakeLoggers();

    /** Two loggers and the root. */
    static final class FakeLoggers implements LoggerLevels {

        final Map<String, String> levels =
                new TreeMap<>(Map.of(ROOT, "INFO", "kafka.log", "WARN", "kafka.net", "INFO"));
        final List<String> changes = new ArrayList<>();

        @Override
        public Map<String, String> levels() {
            return levels;
        }

        @Override
        public void set(String logger, String level) {
            changes.add(logger + "=" + level);
        }

        @Override
        public void unset(String logger) {
            changes.add(logger + " unset");
        }
    }

    private static AlterConfigsResource resource(Type type, String name, AlterableConfig... configs) {
        var all = new AlterableConfigCollection();
        for (AlterableConfig config : configs) all.mustAdd(config);
        return new AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name)
                .setConfigs(all);
    }

    private static AlterableConfig config(OpType type, String key, String value) {
        return new AlterableConfig().setConfigOperation(type.id()).setName(key).setValue(value);
    }

    private List<AlterConfigsResourceResponse> alter(boolean validateOnly, AlterConfigsResource... resources) {
        var data = new IncrementalAlterConfigsRequestData().setValidateOnly(validateOnly);
        for (AlterConfigsResource resource : resources) data.resources().mustAdd(resource);
        return new IncrementalAlterConfigsHandler(TestMetadata.SELF, controller, loggers)
                .answer(new IncrementalAlterConfigsRequest(data, VERSION), Access.UNRESTRICTED)
                .data()
                .responses();
    }

    private void assertRefused(Errors error, AlterConfigsResource resource) {
        AlterConfigsResourceResponse answer = alter(false, resource).get(0);
        assertEquals(error, Errors.forCode(answer.errorCode()), answer.errorMessage());
        assertTrue(controller.asked.isEmpty());
        assertTrue(loggers.changes.isEmpty());
    }

    @Test
    void passesWhatIsKeptInTheMetadataToTheController() {
        List<AlterConfigsResourceResponse> answers = alter(
                true,
                resource(Type.TOPIC, "a", config(OpType.SET, "retention.ms", "1")),
                resource(Type.BROKER, "", config(OpType.DELETE, "log.retention.ms", null)),
                resource(Type.BROKER, "1", config(OpType.SET, "num.io.threads", "4")),
                resource(Type.GROUP, "g", config(OpType.SET, "share.session.timeout.ms", "46000")),
                resource(Type.CLIENT_METRICS, "m", config(OpType.SET, "interval.ms", "1000")));
        assertEquals(
                List.of("a", "", "1", "g", "m"),
                answers.stream().map(AlterConfigsResourceResponse::resourceName).toList());
        assertTrue(answers.stream().allMatch(answer -> answer.errorCode() == Errors.NONE.code()));
        var asked = (IncrementalAlterConfigsRequestData) controller.asked.get(0);
        assertEquals(5, asked.resources().size());
        assertTrue(asked.validateOnly());
    }

    @Test
    void refusesAResourceThatAppearsTwiceAndGoesOnWithTheOthers() {
        List<AlterConfigsResourceResponse> answers = alter(
                false,
                resource(Type.TOPIC, "a", config(OpType.SET, "retention.ms", "1")),
                resource(Type.TOPIC, "b", config(OpType.SET, "retention.ms", "1")),
                resource(Type.TOPIC, "a", config(OpType.SET, "retention.ms", "2")));
        assertEquals(
                List.of(Errors.INVALID_REQUEST, Errors.NONE, Errors.INVALID_REQUEST),
                answers.stream()
                        .map(answer -> Errors.forCode(answer.errorCode()))
                        .toList());
        assertEquals(
                1,
                ((IncrementalAlterConfigsRequestData) controller.asked.get(0))
                        .resources()
                        .size());
    }

    @Test
    void refusesKeysThatAppearTwiceOrHaveNoValue() {
        assertRefused(
                Errors.INVALID_REQUEST,
                resource(
                        Type.TOPIC,
                        "a",
                        config(OpType.SET, "retention.ms", "1"),
                        config(OpType.DELETE, "retention.ms", null)));
        assertRefused(Errors.INVALID_REQUEST, resource(Type.TOPIC, "a", config(OpType.SET, "retention.ms", null)));
        assertRefused(Errors.INVALID_REQUEST, resource(Type.TOPIC, "a", config(OpType.APPEND, "cleanup.policy", null)));
    }

    @Test
    void refusesAnotherBrokersConfigurationAndUnknownResources() {
        assertRefused(Errors.INVALID_REQUEST, resource(Type.BROKER, "2", config(OpType.SET, "num.io.threads", "4")));
        assertRefused(Errors.INVALID_REQUEST, resource(Type.BROKER, "one", config(OpType.SET, "num.io.threads", "4")));
        assertRefused(Errors.INVALID_REQUEST, resource(Type.UNKNOWN, "x", config(OpType.SET, "a", "b")));
    }

    @Test
    void changesTheLevelsOfLoggersItself() {
        AlterConfigsResourceResponse answer = alter(
                        false,
                        resource(
                                Type.BROKER_LOGGER,
                                "1",
                                config(OpType.SET, "kafka.log", "TRACE"),
                                config(OpType.DELETE, "kafka.net", null)))
                .get(0);
        assertEquals(Errors.NONE.code(), answer.errorCode());
        assertEquals(List.of("kafka.log=TRACE", "kafka.net unset"), loggers.changes);
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void changesNoLevelWhereItIsOnlyToValidate() {
        alter(true, resource(Type.BROKER_LOGGER, "1", config(OpType.SET, "kafka.log", "TRACE")));
        assertTrue(loggers.changes.isEmpty());
    }

    @Test
    void changesAllLevelsOrNone() {
        assertRefused(
                Errors.INVALID_CONFIG,
                resource(
                        Type.BROKER_LOGGER,
                        "1",
                        config(OpType.SET, "kafka.log", "TRACE"),
                        config(OpType.SET, "nobody.knows", "TRACE")));
    }

    @Test
    void refusesLevelsAndOperationsThatLoggersDoNotHave() {
        assertRefused(
                Errors.INVALID_CONFIG, resource(Type.BROKER_LOGGER, "1", config(OpType.SET, "kafka.log", "LOUD")));
        assertRefused(Errors.INVALID_REQUEST, resource(Type.BROKER_LOGGER, "1", config(OpType.DELETE, "root", null)));
        assertRefused(
                Errors.INVALID_REQUEST, resource(Type.BROKER_LOGGER, "1", config(OpType.APPEND, "kafka.log", "TRACE")));
        assertRefused(
                Errors.INVALID_REQUEST,
                resource(
                        Type.BROKER_LOGGER,
                        "1",
                        config(OpType.SET, "kafka.log", "TRACE").setConfigOperation((byte) 9)));
        assertRefused(
                Errors.INVALID_REQUEST, resource(Type.BROKER_LOGGER, "2", config(OpType.SET, "kafka.log", "TRACE")));
        assertRefused(
                Errors.INVALID_REQUEST, resource(Type.BROKER_LOGGER, "", config(OpType.SET, "kafka.log", "TRACE")));
    }

    private static AlterConfigsRequestData.AlterConfigsResource legacy(
            Type type, String name, String key, String value) {
        var configs = new AlterConfigsRequestData.AlterableConfigCollection();
        configs.mustAdd(
                new AlterConfigsRequestData.AlterableConfig().setName(key).setValue(value));
        return new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(type.id())
                .setResourceName(name)
                .setConfigs(configs);
    }

    @Test
    void theOlderFormKnowsNoLoggersAndNoNulls() {
        var data = new AlterConfigsRequestData();
        data.resources().mustAdd(legacy(Type.TOPIC, "a", "retention.ms", "1"));
        data.resources().mustAdd(legacy(Type.TOPIC, "b", "retention.ms", null));
        data.resources().mustAdd(legacy(Type.BROKER_LOGGER, "1", "kafka.log", "TRACE"));
        data.resources().mustAdd(legacy(Type.BROKER, "7", "num.io.threads", "1"));
        var answers = new AlterConfigsHandler(TestMetadata.SELF, controller)
                .answer(new AlterConfigsRequest(data, (short) 2), Access.UNRESTRICTED)
                .data()
                .responses();
        assertEquals(
                List.of(Errors.NONE, Errors.INVALID_REQUEST, Errors.INVALID_REQUEST, Errors.INVALID_REQUEST),
                answers.stream()
                        .map(answer -> Errors.forCode(answer.errorCode()))
                        .toList());
        assertEquals(
                1,
                ((AlterConfigsRequestData) controller.asked.get(0)).resources().size());
        assertTrue(loggers.changes.isEmpty());
    }
}
