package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData.DeleteShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DeleteShareGroupOffsets (KIP-932). Any thread may call it; it waits until the states are gone for good. */
final class DeleteShareGroupOffsetsHandler implements ApiHandler {

    private final ShareGroups groups;
    private final MetadataCache metadata;

    DeleteShareGroupOffsetsHandler(ShareGroups groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DELETE_SHARE_GROUP_OFFSETS;
    }

    @Override
    public DeleteShareGroupOffsetsResponse handle(Request request, Access access) {
        DeleteShareGroupOffsetsRequest body = request.body();
        DeleteShareGroupOffsetsRequestData asked = body.data();
        ShareHandlers.requireShareGroups(metadata);
        GroupCalls.require(access, AclOperation.DELETE, asked.groupId());
        List<DeleteShareGroupOffsetsRequestTopic> topics = asked.topics();
        Predicate<String> isAllowed = access.allowed(
                AclOperation.READ, ResourceType.TOPIC, topics, DeleteShareGroupOffsetsRequestTopic::topicName);
        Predicate<DeleteShareGroupOffsetsRequestTopic> allowed = topic -> isAllowed.test(topic.topicName());
        DeleteShareGroupOffsetsResponseData deleted = groups.deleteOffsets(
                GroupCalls.context(request),
                new DeleteShareGroupOffsetsRequestData()
                        .setGroupId(asked.groupId())
                        .setTopics(topics.stream().filter(allowed).toList()));
        if (deleted.errorCode() != Errors.NONE.code()) {
            return body.getErrorResponse(
                    AbstractResponse.DEFAULT_THROTTLE_TIME, deleted.errorCode(), deleted.errorMessage());
        }
        var answers = new ArrayList<DeleteShareGroupOffsetsResponseTopic>();
        topics.stream().filter(allowed.negate()).forEach(topic -> answers.add(denied(topic)));
        answers.addAll(deleted.responses());
        return new DeleteShareGroupOffsetsResponse(new DeleteShareGroupOffsetsResponseData().setResponses(answers));
    }

    private static DeleteShareGroupOffsetsResponseTopic denied(DeleteShareGroupOffsetsRequestTopic topic) {
        return new DeleteShareGroupOffsetsResponseTopic()
                .setTopicName(topic.topicName())
                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                .setErrorMessage(Errors.TOPIC_AUTHORIZATION_FAILED.message());
    }
}
