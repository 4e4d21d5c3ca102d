package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

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
        var refused = new AlterShareGroupOffsetsResponseData();
        for (AlterShareGroupOffsetsRequestTopic topic : asked.topics()) {
            TopicImage found = image.topics().topic(topic.topicName());
            if (!allowed.test(topic.topicName()))
                refused.responses().add(refused(topic, found, Errors.TOPIC_AUTHORIZATION_FAILED));
            else if (found == null) refused.responses().add(refused(topic, null, Errors.UNKNOWN_TOPIC_OR_PARTITION));
            else passed.topics().add(topic.duplicate());
        }
        AlterShareGroupOffsetsResponseData answer = groups.alterOffsets(GroupCalls.context(request), passed);
        if (answer.errorCode() != Errors.NONE.code()) {
            return body.getErrorResponse(
                    AbstractResponse.DEFAULT_THROTTLE_TIME, answer.errorCode(), answer.errorMessage());
        }
        refused.responses().forEach(topic -> answer.responses().add(topic.duplicate()));
        return new AlterShareGroupOffsetsResponse(answer);
    }

    private static AlterShareGroupOffsetsResponseTopic refused(
            AlterShareGroupOffsetsRequestTopic topic, @Nullable TopicImage found, Errors error) {
        var answer = new AlterShareGroupOffsetsResponseTopic().setTopicName(topic.topicName());
        if (found != null) answer.setTopicId(found.id());
        topic.partitions()
                .forEach(partition -> answer.partitions()
                        .add(new AlterShareGroupOffsetsResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(error.code())
                                .setErrorMessage(error.message())));
        return answer;
    }
}
