package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * DeleteTopics, by name or (KIP-516) by id. Any thread may call it; it waits until the deletion is on disk.
 *
 * <p>Whatever the client named a topic by, the controller is asked by its id: a topic that is deleted and created anew
 * between the two looks is not deleted by mistake.
 */
final class DeleteTopicsHandler implements ApiHandler {

    private static final short DELETION_DISABLED_VERSION = 3;

    private final Controller controller;
    private final MetadataCache metadata;
    private final boolean enabled;

    /** @param enabled {@code delete.topic.enable} */
    DeleteTopicsHandler(Controller controller, MetadataCache metadata, boolean enabled) {
        this.controller = controller;
        this.metadata = metadata;
        this.enabled = enabled;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DELETE_TOPICS;
    }

    @Override
    public DeleteTopicsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    DeleteTopicsResponse answer(DeleteTopicsRequest request, Access access) {
        if (!enabled) {
            if (request.version() >= DELETION_DISABLED_VERSION) throw new TopicDeletionDisabledException();
            throw new InvalidRequestException("This version does not support topic deletion.");
        }
        var deletion = new Deletion(metadata.image());
        deletion.collect(request.data());
        deletion.resolve(access);
        if (!deletion.nameOfId.isEmpty()) deletion.takeOver(controller.deleteTopics(deletion.byId(request.data())));
        return new DeleteTopicsResponse(deletion.response);
    }

    /** One request on its way from what the client named to what is deleted. */
    private static final class Deletion {

        private final MetadataImage image;
        private final DeleteTopicsResponseData response = new DeleteTopicsResponseData();
        private final Set<String> names = new LinkedHashSet<>();
        private final Set<Uuid> ids = new LinkedHashSet<>();

        /** Ids that were given more than once, in whatever form. */
        private final Set<Uuid> refusedIds = new HashSet<>();

        /** What is to be deleted. */
        private final Map<Uuid, String> nameOfId = new LinkedHashMap<>();

        Deletion(MetadataImage image) {
            this.image = image;
        }

        void collect(DeleteTopicsRequestData request) {
            Set<String> duplicateNames = new LinkedHashSet<>();
            Set<Uuid> duplicateIds = new LinkedHashSet<>();
            for (String name : request.topicNames()) if (!names.add(name)) duplicateNames.add(name);
            for (DeleteTopicState topic : request.topics()) {
                boolean hasId = !topic.topicId().equals(Uuid.ZERO_UUID);
                if (topic.name() != null && hasId) {
                    invalid(topic.name(), topic.topicId(), "You may not specify both topic name and topic id.");
                } else if (topic.name() != null) {
                    if (!names.add(topic.name())) duplicateNames.add(topic.name());
                } else if (!hasId) {
                    invalid(null, Uuid.ZERO_UUID, "Neither topic name nor id were specified.");
                } else if (!ids.add(topic.topicId())) {
                    duplicateIds.add(topic.topicId());
                }
            }
            duplicateNames.forEach(name -> invalid(name, Uuid.ZERO_UUID, "Duplicate topic name."));
            duplicateIds.forEach(id -> invalid(null, id, "Duplicate topic id."));
            names.removeAll(duplicateNames);
            ids.removeAll(duplicateIds);
            refusedIds.addAll(duplicateIds);
        }

        void resolve(Access access) {
            Permits permits = permits(access);
            for (Uuid id : ids) {
                TopicImage topic = image.topics().topic(id);
                if (topic == null) add(null, id, Errors.UNKNOWN_TOPIC_ID, Errors.UNKNOWN_TOPIC_ID.message());
                else if (permits.deletable.test(topic.name())) nameOfId.put(id, topic.name());
                else unauthorized(permits.describable.test(topic.name()) ? topic.name() : null, id);
            }
            for (String name : names) resolve(name, permits);
        }

        /** Which topics the client may delete, and of which it may know. */
        private record Permits(Predicate<String> describable, Predicate<String> deletable) {}

        private Permits permits(Access access) {
            if (access.allowsOnCluster(AclOperation.DELETE, Logged.IF_ALLOWED))
                return new Permits(name -> true, name -> true);
            Set<String> all = new LinkedHashSet<>(names);
            ids.stream().map(image.topics()::topic).filter(Objects::nonNull).forEach(topic -> all.add(topic.name()));
            return new Permits(
                    access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, all),
                    access.allowed(AclOperation.DELETE, ResourceType.TOPIC, all));
        }

        private void unauthorized(@Nullable String name, Uuid id) {
            Errors error = Errors.TOPIC_AUTHORIZATION_FAILED;
            add(name, id, error, error.message());
        }

        private void resolve(String name, Permits permits) {
            if (!permits.describable.test(name)) {
                unauthorized(name, Uuid.ZERO_UUID);
                return;
            }
            TopicImage topic = image.topics().topic(name);
            if (topic == null) {
                Errors unknown = Errors.UNKNOWN_TOPIC_OR_PARTITION;
                add(name, Uuid.ZERO_UUID, unknown, unknown.message());
            } else if (!permits.deletable.test(name)) {
                unauthorized(name, Uuid.ZERO_UUID);
            } else if (refusedIds.contains(topic.id()) || nameOfId.put(topic.id(), name) != null) {
                refusedIds.add(topic.id());
                nameOfId.remove(topic.id());
                invalid(name, topic.id(), "The provided topic name maps to an ID that was already supplied.");
            }
        }

        DeleteTopicsRequestData byId(DeleteTopicsRequestData request) {
            var byId = new DeleteTopicsRequestData().setTimeoutMs(request.timeoutMs());
            nameOfId.keySet()
                    .forEach(id -> byId.topics()
                            .add(new DeleteTopicState().setName(null).setTopicId(id)));
            return byId;
        }

        void takeOver(DeleteTopicsResponseData deleted) {
            deleted.responses()
                    .forEach(result ->
                            response.responses().add(result.duplicate().setName(nameOfId.get(result.topicId()))));
        }

        private void invalid(@Nullable String name, Uuid id, String message) {
            add(name, id, Errors.INVALID_REQUEST, message);
        }

        private void add(@Nullable String name, Uuid id, Errors error, String message) {
            response.responses()
                    .add(new DeletableTopicResult()
                            .setName(name)
                            .setTopicId(id)
                            .setErrorCode(error.code())
                            .setErrorMessage(message));
        }
    }
}
