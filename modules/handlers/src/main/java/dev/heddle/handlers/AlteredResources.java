package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.security.Access;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both kinds of AlterConfigs request have in common: the checks of a resource that come before the controller's,
 * and the answer to each resource. Made for one request and used by its thread alone.
 */
final class AlteredResources {

    private static final Logger LOG = LoggerFactory.getLogger(AlteredResources.class);

    private final int brokerId;
    private final Map<ConfigResource, ApiError> answers = new HashMap<>();
    private final Set<ConfigResource> duplicates;

    /** @param resources those of the request, as often as it names them */
    AlteredResources(int brokerId, Stream<ConfigResource> resources) {
        this.brokerId = brokerId;
        Set<ConfigResource> seen = new HashSet<>();
        this.duplicates = new LinkedHashSet<>(
                resources.filter(resource -> !seen.add(resource)).toList());
    }

    /** Runs {@code checks} for a resource; what they throw is its answer, and then it goes no further. */
    void check(ConfigResource resource, byte type, Runnable checks) {
        if (duplicates.contains(resource)) {
            answers.put(resource, new ApiError(Errors.INVALID_REQUEST, "Each resource must appear at most once."));
            return;
        }
        try {
            requireKnown(resource, type);
            checks.run();
        } catch (AnswerException e) {
            answers.put(resource, new ApiError(e.error(), e.getMessage()));
        } catch (ApiException e) {
            answers.put(resource, ApiError.fromThrowable(e));
        }
    }

    private void requireKnown(ConfigResource resource, byte type) {
        if (resource.type() == Type.UNKNOWN) throw invalid("Unknown resource type " + type);
        // A broker's configuration is altered by itself, or (no name) for all by any.
        if (resource.type() == Type.BROKER && !resource.name().isEmpty()) requireThisBroker(resource.name());
    }

    private void requireThisBroker(String name) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw invalid("Node id must be an integer, but it is: " + name);
        }
        if (id != brokerId) throw invalid("Unexpected broker id, expected " + brokerId + ", but received " + name);
    }

    /** Refuses a resource that names a key twice. */
    static void requireDistinctKeys(Collection<String> keys) {
        if (new HashSet<>(keys).size() < keys.size()) throw invalid("Error due to duplicate config keys");
    }

    /** Refuses keys without a value, where there must be one. */
    static void requireNoNulls(List<String> keysWithoutValue) {
        if (!keysWithoutValue.isEmpty()) {
            throw invalid("Null value not supported for : " + String.join(", ", keysWithoutValue));
        }
    }

    /** Refuses a resource whose configuration the sender may not alter. */
    void authorize(ConfigResource resource, Access access) {
        if (isAnswered(resource)) return;
        Errors error = ConfigPermissions.check(AclOperation.ALTER_CONFIGS, resource, access);
        if (error != Errors.NONE) answer(resource, new ApiError(error));
    }

    /** Takes down the answer to a resource. */
    void answer(ConfigResource resource, ApiError answer) {
        answers.put(resource, answer);
    }

    boolean isAnswered(ConfigResource resource) {
        return answers.containsKey(resource);
    }

    /** The answer to a resource, which is there once the controller was asked for what had none. */
    ApiError answerTo(ConfigResource resource) {
        ApiError answer = answers.get(resource);
        if (answer != null) return answer;
        LOG.error("The controller left out an answer: resource={}", resource);
        return new ApiError(Errors.UNKNOWN_SERVER_ERROR);
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
