package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;

/** ListConfigResources (KIP-1142): what has, or can have, a configuration. Any thread may call it; it never waits. */
final class ListConfigResourcesHandler implements ApiHandler {

    /** The order in which they are listed. */
    private static final List<Type> TYPES =
            List.of(Type.GROUP, Type.CLIENT_METRICS, Type.BROKER_LOGGER, Type.BROKER, Type.TOPIC);

    private final MetadataCache metadata;

    ListConfigResourcesHandler(MetadataCache metadata) {
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.LIST_CONFIG_RESOURCES;
    }

    @Override
    public boolean mayWait(Request request) {
        return false;
    }

    @Override
    public ListConfigResourcesResponse handle(Request request, Access access) {
        if (!access.allowsOnCluster(AclOperation.DESCRIBE_CONFIGS))
            throw new AnswerException(Errors.CLUSTER_AUTHORIZATION_FAILED);
        return answer(request.body(), request.connection().listenerName());
    }

    ListConfigResourcesResponse answer(ListConfigResourcesRequest request, String listener) {
        Set<Byte> supported = request.supportedResourceTypes();
        List<Byte> asked = request.data().resourceTypes();
        Set<Byte> types = asked.isEmpty() ? supported : new HashSet<>(asked);
        var data = new ListConfigResourcesResponseData();
        if (!supported.containsAll(types)) {
            return new ListConfigResourcesResponse(data.setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
        }
        MetadataImage image = metadata.image();
        var resources = new ArrayList<ListConfigResourcesResponseData.ConfigResource>();
        for (Type type : TYPES) {
            if (!types.contains(type.id())) continue;
            names(type, image, listener)
                    .forEach(name -> resources.add(new ListConfigResourcesResponseData.ConfigResource()
                            .setResourceName(name)
                            .setResourceType(type.id())));
        }
        return new ListConfigResourcesResponse(data.setConfigResources(resources));
    }

    private static Stream<String> names(Type type, MetadataImage image, String listener) {
        return switch (type) {
            case GROUP, CLIENT_METRICS ->
                image.configs().resources().stream()
                        .filter(resource -> resource.type() == type)
                        .map(ConfigResource::name)
                        .sorted();
            case BROKER, BROKER_LOGGER ->
                image.cluster().brokers().values().stream()
                        .filter(broker -> broker.endpoints().containsKey(listener))
                        .map(broker -> Integer.toString(broker.id()));
            case TOPIC -> image.topics().all().stream().map(TopicImage::name);
            case UNKNOWN -> Stream.empty();
        };
    }
}
