package dev.heddle.handlers;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.metadata.TopicsImage;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Metadata: who the brokers are and who leads the partitions of topics. Any thread may call it; it waits where it
 * creates a topic that does not exist.
 */
final class MetadataHandler implements ApiHandler {

    /** Topics can be asked for by id from this version on; 10 and 11 have the field and must not use it. */
    private static final short TOPIC_IDS_VERSION = 12;

    private static final short TOPIC_OPERATIONS_VERSION = 8;
    private static final short LAST_CLUSTER_OPERATIONS_VERSION = 10;

    private final BrokerIdentity self;
    private final MetadataCache metadata;
    private final AutoTopicCreation creation;
    private final boolean autoCreate;

    MetadataHandler(BrokerIdentity self, MetadataCache metadata, AutoTopicCreation creation, boolean autoCreate) {
        this.self = self;
        this.metadata = metadata;
        this.creation = creation;
        this.autoCreate = autoCreate;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.METADATA;
    }

    @Override
    public boolean mayWait(Request request) {
        MetadataRequest body = request.body();
        return mayCreate(body)
                && body.data().topics().stream()
                        .anyMatch(topic -> topic.name() != null
                                && metadata.image().topics().topic(topic.name()) == null);
    }

    @Override
    public MetadataResponse handle(Request request, Access access) {
        return answer(request.body(), request.connection(), access);
    }

    MetadataResponse answer(MetadataRequest request, ConnectionInfo client, Access access) {
        if (!request.isAllTopics()) request.data().topics().forEach(topic -> validate(topic, request.version()));
        List<MetadataResponseTopic> topics = topics(request, client, access);
        int clusterOperations = clusterOperations(request, access);
        if (request.version() >= TOPIC_OPERATIONS_VERSION && request.data().includeTopicAuthorizedOperations()) {
            topics.stream()
                    .filter(MetadataHandler::showsOperations)
                    .forEach(topic ->
                            topic.setTopicAuthorizedOperations(AuthorizedOperations.onTopic(access, topic.name())));
        }
        MetadataImage image = metadata.image();
        return MetadataResponse.prepareResponse(
                request.version(),
                0,
                new BrokerNodes(self).alive(image, client),
                self.clusterId(),
                BrokerNodes.controllerId(image),
                topics,
                clusterOperations);
    }

    private static boolean showsOperations(MetadataResponseTopic topic) {
        short error = topic.errorCode();
        return error != Errors.UNKNOWN_TOPIC_ID.code() && error != Errors.TOPIC_AUTHORIZATION_FAILED.code();
    }

    private static void validate(MetadataRequestTopic topic, short version) {
        boolean byId = !topic.topicId().equals(Uuid.ZERO_UUID);
        if (topic.name() == null && version < TOPIC_IDS_VERSION) {
            throw new InvalidRequestException("Topic name can not be null for version " + version);
        }
        if (byId && version < TOPIC_IDS_VERSION) {
            throw new InvalidRequestException("Topic IDs are not supported in requests for version " + version);
        }
        if (topic.name() == null && !byId) {
            throw new InvalidRequestException("Neither a topic's name nor its ID was specified");
        }
    }

    private static int clusterOperations(MetadataRequest request, Access access) {
        boolean asked = request.version() >= TOPIC_OPERATIONS_VERSION
                && request.version() <= LAST_CLUSTER_OPERATIONS_VERSION
                && request.data().includeClusterAuthorizedOperations();
        return asked ? AuthorizedOperations.onCluster(access) : AuthorizedOperations.NOT_ASKED;
    }

    private List<MetadataResponseTopic> topics(MetadataRequest request, ConnectionInfo client, Access access) {
        MetadataImage image = metadata.image();
        if (request.isAllTopics()) {
            var descriptions = new PartitionDescriptions(image, client.listenerName());
            Predicate<String> describable = access.allowed(
                    AclOperation.DESCRIBE,
                    ResourceType.TOPIC,
                    image.topics().all(),
                    TopicImage::name,
                    Logged.IF_ALLOWED);
            return image.topics().all().stream()
                    .filter(topic -> describable.test(topic.name()))
                    .map(topic -> descriptions.topic(topic, request.version()))
                    .toList();
        }
        Set<Uuid> ids = new LinkedHashSet<>(request.topicIds());
        ids.remove(Uuid.ZERO_UUID);
        // A request that asks for one topic by its id asks for all of them so: names beside ids are ignored, as in
        // Kafka.
        if (!ids.isEmpty())
            return topicsById(ids, new PartitionDescriptions(image, client.listenerName()), request, access);
        return topicsByName(new LinkedHashSet<>(request.topics()), request, client, access);
    }

    private static List<MetadataResponseTopic> topicsById(
            Set<Uuid> ids, PartitionDescriptions descriptions, MetadataRequest request, Access access) {
        TopicsImage all = descriptions.image().topics();
        List<TopicImage> known =
                ids.stream().map(all::topic).filter(Objects::nonNull).toList();
        Predicate<String> describable =
                access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, known, TopicImage::name);
        List<MetadataResponseTopic> topics = new ArrayList<>(ids.size());
        for (Uuid id : ids) {
            TopicImage topic = all.topic(id);
            if (topic == null) {
                topics.add(missing(Errors.UNKNOWN_TOPIC_ID).setName(null).setTopicId(id));
            } else if (!describable.test(topic.name())) {
                // An id is no secret; the name that belongs to it may be one.
                topics.add(
                        missing(Errors.TOPIC_AUTHORIZATION_FAILED).setName(null).setTopicId(id));
            } else {
                topics.add(descriptions.topic(topic, request.version()));
            }
        }
        return topics;
    }

    private List<MetadataResponseTopic> topicsByName(
            Set<String> names, MetadataRequest request, ConnectionInfo client, Access access) {
        Predicate<String> describable = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, names);
        Set<String> uncreatable = mayCreate(request)
                ? createMissing(names.stream().filter(describable).toList(), access)
                : Set.of();
        MetadataImage image = metadata.image();
        var descriptions = new PartitionDescriptions(image, client.listenerName());
        List<MetadataResponseTopic> topics = new ArrayList<>(names.size());
        for (String name : names) {
            TopicImage topic = image.topics().topic(name);
            if (!describable.test(name)) {
                // Nothing tells whether there is such a topic.
                topics.add(missing(Errors.TOPIC_AUTHORIZATION_FAILED).setName(name));
            } else if (uncreatable.contains(name)) {
                topics.add(missing(name, Errors.TOPIC_AUTHORIZATION_FAILED));
            } else {
                topics.add(
                        topic == null
                                ? missing(name, errorForMissing(name))
                                : descriptions.topic(topic, request.version()));
            }
        }
        return topics;
    }

    private boolean mayCreate(MetadataRequest request) {
        return autoCreate && request.allowAutoTopicCreation() && !request.isAllTopics();
    }

    /** @return the topics that do not exist and that the client may not create */
    private Set<String> createMissing(Collection<String> names, Access access) {
        MetadataImage image = metadata.image();
        List<String> missing = names.stream()
                .filter(name -> image.topics().topic(name) == null)
                .toList();
        if (missing.isEmpty()) return Set.of();
        Predicate<String> allowed = access.allowsOnCluster(AclOperation.CREATE, Logged.IF_ALLOWED)
                ? name -> true
                : access.allowed(AclOperation.CREATE, ResourceType.TOPIC, missing);
        List<String> creatable = missing.stream()
                .filter(name -> allowed.test(name) && isCreatable(name))
                .toList();
        if (!creatable.isEmpty()) creation.create(creatable);
        return missing.stream().filter(allowed.negate()).collect(Collectors.toSet());
    }

    private static boolean isCreatable(String name) {
        return Topic.isValid(name) && !name.equals(Topic.CLUSTER_METADATA_TOPIC_NAME);
    }

    /** What is said of a topic that does not exist. */
    static Errors errorForMissing(String name) {
        return Topic.isValid(name) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.INVALID_TOPIC_EXCEPTION;
    }

    private static MetadataResponseTopic missing(String name, Errors error) {
        return missing(error).setName(name).setIsInternal(Topic.isInternal(name));
    }

    private static MetadataResponseTopic missing(Errors error) {
        return new MetadataResponseTopic().setErrorCode(error.code()).setPartitions(List.of());
    }
}
