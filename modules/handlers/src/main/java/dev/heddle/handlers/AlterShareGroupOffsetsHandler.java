package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.resource.ResourceType;

/** AlterShareGroupOffsets (KIP-932). Any thread may call it; it waits until the group begins anew for good. */
final class AlterShareGroupOffsetsHandler implements ApiHandler {

    private final ShareGroups groups;
    private final MetadataCache metadata;

    AlterShareGroupOffsetsHandler(ShareGroups groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.ALTER_SHARE_GROUP_OFFSETS;
    }

    @Override
    public AlterShareGroupOffsetsResponse handle(Request request, Access access) {
        AlterShareGroupOffsetsRequest body = request.body();
        AlterShareGroupOffsetsRequestData asked = body.data();
        ShareHandlers.requireShareGroups(metadata);
        GroupCalls.require(access, AclOperation.READ, asked.groupId());
        MetadataImage image = metadata.image();
        Predicate<String> allowed = access.allowed(
                AclOperation.READ, ResourceType.TOPIC, asked.topics(), AlterShareGroupOffsetsRequestTopic::topicName);
        var passed = new AlterShareGroupOffsetsRequestData().setGroupId(asked.groupId());
        var response = new AlterShareGroupOffsetsResponse.Builder();
        Map<String, Uuid> ids = new HashMap<>();
        for (AlterShareGroupOffsetsRequestTopic topic : asked.topics()) {
            TopicImage found = image.topics().topic(topic.topicName());
            if (found != null) ids.put(found.name(), found.id());
            if (!allowed.test(topic.topicName())) refuse(topic, ids, Errors.TOPIC_AUTHORIZATION_FAILED, response);
            else if (found == null) refuse(topic, ids, Errors.UNKNOWN_TOPIC_OR_PARTITION, response);
            else passed.topics().add(topic.duplicate());
        }
        AlterShareGroupOffsetsResponseData altered = groups.alterOffsets(GroupCalls.context(request), passed);
        if (altered.errorCode() == Errors.NONE.code())
            return response.merge(altered, ids).build();
        return body.getErrorResponse(
                AbstractResponse.DEFAULT_THROTTLE_TIME, altered.errorCode(), altered.errorMessage());
    }

    private static void refuse(
            AlterShareGroupOffsetsRequestTopic topic,
            Map<String, Uuid> ids,
            Errors error,
            AlterShareGroupOffsetsResponse.Builder response) {
        topic.partitions()
                .forEach(partition ->
                        response.addPartition(topic.topicName(), partition.partitionIndex(), ids, new ApiError(error)));
    }
}
