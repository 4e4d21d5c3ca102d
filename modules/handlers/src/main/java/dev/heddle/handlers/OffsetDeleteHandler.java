package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.resource.ResourceType;

/** OffsetDelete (KIP-496). Any thread may call it; it waits until the deletion is committed to the log of the group. */
final class OffsetDeleteHandler implements ApiHandler {

    private final GroupCoordinator groups;

    OffsetDeleteHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_DELETE;
    }

    @Override
    public OffsetDeleteResponse handle(Request request, Access access) {
        OffsetDeleteRequest body = request.body();
        GroupCalls.require(access, AclOperation.DELETE, body.data().groupId());
        Predicate<String> readable = access.allowed(
                AclOperation.READ, ResourceType.TOPIC, body.data().topics(), OffsetDeleteRequestTopic::name);
        var response = new OffsetDeleteResponse.Builder();
        OffsetDeleteRequestData allowed = body.data().duplicate();
        for (OffsetDeleteRequestTopic topic : body.data().topics()) {
            if (readable.test(topic.name())) continue;
            response.addPartitions(
                    topic.name(),
                    topic.partitions(),
                    OffsetDeleteRequestPartition::partitionIndex,
                    Errors.TOPIC_AUTHORIZATION_FAILED);
            allowed.topics().remove(topic);
        }
        return response.merge(groups.deleteOffsets(GroupCalls.context(request), allowed))
                .build();
    }
}
