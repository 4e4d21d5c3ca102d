package dev.heddle.handlers;

import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ShareGroupHeartbeatResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * ShareGroupHeartbeat (KIP-932). Any thread may call it; it waits for the group's lock, and until what the heartbeat has
 * changed is committed.
 */
final class ShareGroupHeartbeatHandler implements ApiHandler {

    private final ShareGroups groups;
    private final MetadataCache metadata;

    ShareGroupHeartbeatHandler(ShareGroups groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.SHARE_GROUP_HEARTBEAT;
    }

    @Override
    public ShareGroupHeartbeatResponse handle(Request request, Access access) {
        ShareGroupHeartbeatRequest body = request.body();
        ShareGroupHeartbeatRequestData data = body.data();
        ShareCalls.admit(metadata.image(), access, data.groupId(), data.memberId());
        List<String> topics = data.subscribedTopicNames();
        boolean mayKnowAll = topics == null
                || topics.stream().allMatch(access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics));
        return new ShareGroupHeartbeatResponse(
                mayKnowAll
                        ? groups.heartbeat(GroupCalls.context(request), data)
                        : new ShareGroupHeartbeatResponseData().setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code()));
    }
}
