package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.TopicFilter;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * ConsumerGroupHeartbeat (KIP-848). Any thread may call it; it waits for the group's lock, and until what the heartbeat
 * has changed is committed.
 */
final class ConsumerGroupHeartbeatHandler implements ApiHandler {

    private final GroupCoordinator groups;
    private final MetadataCache metadata;

    ConsumerGroupHeartbeatHandler(GroupCoordinator groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public ConsumerGroupHeartbeatResponse handle(Request request, Access access) {
        ConsumerGroupHeartbeatRequest body = request.body();
        Errors refused = refusal(body.data(), access);
        return new ConsumerGroupHeartbeatResponse(
                refused == Errors.NONE
                        ? groups.consumerGroupHeartbeat(GroupCalls.context(request), body.data(), filter(access))
                        : new ConsumerGroupHeartbeatResponseData().setErrorCode(refused.code()));
    }

    private Errors refusal(ConsumerGroupHeartbeatRequestData data, Access access) {
        if (!groups.hasConsumerProtocol() || metadata.image().features().level(Features.GROUP) < 1)
            return Errors.UNSUPPORTED_VERSION;
        if (!access.allows(AclOperation.READ, ResourceType.GROUP, data.groupId())) {
            return Errors.GROUP_AUTHORIZATION_FAILED;
        }
        List<String> topics = data.subscribedTopicNames();
        if (topics == null || topics.isEmpty()) return Errors.NONE;
        boolean mayKnowAll =
                topics.stream().allMatch(access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics));
        return mayKnowAll ? Errors.NONE : Errors.TOPIC_AUTHORIZATION_FAILED;
    }

    private static TopicFilter filter(Access access) {
        return access.isUnrestricted() ? TopicFilter.ALL : topics -> visible(topics, access);
    }

    private static Set<String> visible(Set<String> topics, Access access) {
        var allowed =
                access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics, name -> name, Logged.IF_ALLOWED);
        return topics.stream().filter(allowed).collect(Collectors.toSet());
    }
}
