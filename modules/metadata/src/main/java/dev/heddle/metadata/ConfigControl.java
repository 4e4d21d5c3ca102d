package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * Changes of dynamic configurations: from a request to records and an answer. Stateless; called under the controller's
 * lock.
 */
final class ConfigControl {

    private static final String MIN_IN_SYNC_REPLICAS = "min.insync.replicas";

    private final ConfigValidation validation;
    private final ConfigLists lists;

    ConfigControl(ConfigValidation validation, ConfigLists lists) {
        this.validation = validation;
        this.lists = lists;
    }

    /** Sets, deletes, appends and subtracts. */
    ControllerResult<IncrementalAlterConfigsResponseData> incrementalAlterConfigs(
            MetadataImage image, IncrementalAlterConfigsRequestData request) {
        List<VersionedRecord> records = new ArrayList<>();
        var response = new IncrementalAlterConfigsResponseData();
        Set<ConfigResource> duplicates = duplicates(
                request.resources().stream().map(ConfigControl::resource).toList());
        for (var requested : request.resources()) {
            ApiError error = attempt(resource(requested), duplicates, resource -> {
                checkNames(requested.configs().stream().map(c -> c.name()).toList());
                checkNulls(requested.configs().stream()
                        .filter(c -> c.value() == null && c.configOperation() != OpType.DELETE.id())
                        .map(c -> c.name())
                        .toList());
                records.addAll(alter(image, resource, changes(image, resource, requested), Set.of()));
            });
            response.responses()
                    .add(new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType(requested.resourceType())
                            .setResourceName(requested.resourceName())
                            .setErrorCode(error.error().code())
                            .setErrorMessage(error.message()));
        }
        return new ControllerResult<>(request.validateOnly() ? List.of() : withClearedElrs(image, records), response);
    }

    /** Replaces whole configurations. */
    ControllerResult<AlterConfigsResponseData> alterConfigs(MetadataImage image, AlterConfigsRequestData request) {
        List<VersionedRecord> records = new ArrayList<>();
        var response = new AlterConfigsResponseData();
        Set<ConfigResource> duplicates = duplicates(
                request.resources().stream().map(ConfigControl::resource).toList());
        for (var requested : request.resources()) {
            ApiError error = attempt(resource(requested), duplicates, resource -> {
                checkNames(requested.configs().stream().map(c -> c.name()).toList());
                checkNulls(requested.configs().stream()
                        .filter(c -> c.value() == null)
                        .map(c -> c.name())
                        .toList());
                Map<String, @Nullable String> changes = new TreeMap<>();
                requested.configs().forEach(config -> changes.put(config.name(), config.value()));
                Set<String> dropped = new HashSet<>(image.configs().of(resource).keySet());
                dropped.removeAll(changes.keySet());
                records.addAll(alter(image, resource, changes, dropped));
            });
            response.responses()
                    .add(new AlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType(requested.resourceType())
                            .setResourceName(requested.resourceName())
                            .setErrorCode(error.error().code())
                            .setErrorMessage(error.message()));
        }
        return new ControllerResult<>(request.validateOnly() ? List.of() : withClearedElrs(image, records), response);
    }

    /**
     * The records that configure a topic which is just being created.
     *
     * @throws RuntimeException one that {@link Refusal} understands, if the configuration is refused
     */
    List<VersionedRecord> configureNewTopic(MetadataImage image, String topic, Map<String, String> configs) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Map<String, @Nullable String> changes = new TreeMap<>(configs);
        var change = new ConfigChange(resource, changes, Set.of(), Map.of());
        validation.validateNew(image, change);
        return withClearedElrs(image, records(change));
    }

    private interface Attempt {
        void run(ConfigResource resource);
    }

    private static ApiError attempt(ConfigResource resource, Set<ConfigResource> duplicates, Attempt attempt) {
        if (duplicates.contains(resource)) {
            return new ApiError(Errors.INVALID_REQUEST, "Each resource must appear at most once.");
        }
        try {
            attempt.run(resource);
            return ApiError.NONE;
        } catch (RuntimeException e) {
            // A broker's own configuration that does not fit is, in Kafka, a bad request rather than a bad
            // configuration.
            boolean broker = resource.type() == ConfigResource.Type.BROKER;
            return Refusal.of(e, broker ? Errors.INVALID_REQUEST : Errors.INVALID_CONFIG);
        }
    }

    private List<VersionedRecord> alter(
            MetadataImage image, ConfigResource resource, Map<String, @Nullable String> changes, Set<String> dropped) {
        var change =
                new ConfigChange(resource, changes, dropped, image.configs().of(resource));
        validation.validate(image, change);
        return records(change);
    }

    private static List<VersionedRecord> records(ConfigChange change) {
        List<VersionedRecord> records = new ArrayList<>();
        change.changes().forEach((name, value) -> {
            // A broker's configuration is written even where it stays the same: that makes brokers load files anew.
            boolean always = change.resource().type() == ConfigResource.Type.BROKER;
            if (always || !Objects.equals(change.existing().get(name), value)) {
                records.add(ImageRecords.config(change.resource(), name, value));
            }
        });
        change.dropped().forEach(name -> records.add(ImageRecords.config(change.resource(), name, null)));
        return records;
    }

    private Map<String, @Nullable String> changes(
            MetadataImage image,
            ConfigResource resource,
            IncrementalAlterConfigsRequestData.AlterConfigsResource requested) {
        Map<String, @Nullable String> changes = new TreeMap<>();
        for (var config : requested.configs()) {
            OpType operation = OpType.forId(config.configOperation());
            if (operation == null) {
                throw new AnswerException(
                        Errors.INVALID_REQUEST, "Unknown operations type " + config.configOperation());
            }
            String current = image.configs().of(resource).get(config.name());
            changes.put(
                    config.name(),
                    switch (operation) {
                        case SET -> config.value();
                        case DELETE -> null;
                        case APPEND, SUBTRACT ->
                            lists.change(resource.type(), config.name(), operation, current, config.value());
                    });
        }
        return changes;
    }

    /** A changed minimum of in-sync replicas makes what is known about eligible leaders worthless (KIP-966). */
    private static List<VersionedRecord> withClearedElrs(MetadataImage image, List<VersionedRecord> records) {
        if (!Features.eligibleLeaderReplicas(image.features())) return records;
        List<VersionedRecord> result = new ArrayList<>(records);
        for (VersionedRecord versioned : records) {
            if (versioned.record() instanceof ConfigRecord config
                    && config.name().equals(MIN_IN_SYNC_REPLICAS)) {
                boolean topic = config.resourceType() == ConfigResource.Type.TOPIC.id();
                result.add(
                        VersionedRecord.of(new ClearElrRecord().setTopicName(topic ? config.resourceName() : ""), 0));
            }
        }
        return result;
    }

    private static ConfigResource resource(IncrementalAlterConfigsRequestData.AlterConfigsResource requested) {
        return resource(requested.resourceType(), requested.resourceName());
    }

    private static ConfigResource resource(AlterConfigsRequestData.AlterConfigsResource requested) {
        return resource(requested.resourceType(), requested.resourceName());
    }

    private static ConfigResource resource(byte type, String name) {
        return new ConfigResource(ConfigResource.Type.forId(type), name);
    }

    private static Set<ConfigResource> duplicates(List<ConfigResource> resources) {
        Set<ConfigResource> seen = new HashSet<>();
        Set<ConfigResource> duplicates = new HashSet<>();
        resources.forEach(resource -> {
            if (!seen.add(resource)) duplicates.add(resource);
        });
        return duplicates;
    }

    private static void checkNames(List<String> names) {
        if (new HashSet<>(names).size() < names.size()) {
            throw new AnswerException(Errors.INVALID_REQUEST, "Error due to duplicate config keys");
        }
    }

    private static void checkNulls(List<String> names) {
        if (!names.isEmpty()) {
            throw new AnswerException(
                    Errors.INVALID_REQUEST, "Null value not supported for : " + String.join(", ", names));
        }
    }
}
