package dev.heddle.handlers;

import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.resource.ResourceType;

/** OffsetFetch, of one group or (KIP-709) of several. Any thread may call it; it waits until what it answers with is committed. */
final class OffsetFetchHandler implements ApiHandler {

    private final GroupCoordinator groups;
    private final MetadataCache metadata;

    OffsetFetchHandler(GroupCoordinator groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_FETCH;
    }

    @Override
    public OffsetFetchResponse handle(Request request, Access access) {
        OffsetFetchRequest body = request.body();
        List<OffsetFetchResponseGroup> fetched = access.isUnrestricted()
                ? fetch(request, body, body.groups())
                : fetchWhatIsAllowed(request, body, access);
        // Turns the form of version 8 and later, which the coordinator speaks, into that of the request's version.
        return new OffsetFetchResponse.Builder(fetched).build(request.apiVersion());
    }

    private List<OffsetFetchResponseGroup> fetch(
            Request request, OffsetFetchRequest body, List<OffsetFetchRequestGroup> asked) {
        var data = new OffsetFetchRequestData().setGroups(asked).setRequireStable(body.requireStable());
        return groups.fetchOffsets(GroupCalls.context(request), data).groups();
    }

    private List<OffsetFetchResponseGroup> fetchWhatIsAllowed(Request request, OffsetFetchRequest body, Access access) {
        List<OffsetFetchResponseGroup> answers = new ArrayList<>();
        for (OffsetFetchRequestGroup group : body.groups()) {
            if (!access.allows(AclOperation.DESCRIBE, ResourceType.GROUP, group.groupId())) {
                answers.add(
                        OffsetFetchResponse.groupError(group, Errors.GROUP_AUTHORIZATION_FAILED, request.apiVersion()));
            } else {
                var topics = new OffsetFetchTopics(
                        request.apiVersion(), metadata.image().topics(), access);
                OffsetFetchRequestGroup allowed = topics.allowed(group);
                OffsetFetchResponseGroup answer =
                        fetch(request, body, List.of(allowed)).getFirst();
                answers.add(topics.complete(answer));
            }
        }
        return answers;
    }
}
