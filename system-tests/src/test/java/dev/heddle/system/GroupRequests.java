package dev.heddle.system;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;

/**
 * What anyone may ask about one group at one broker: its offsets, what it is, that it be deleted. What comes of it is said
 * in words that are the same for every broker that behaves the same. One thread uses it.
 */
final class GroupRequests {

    /** Whom a commit or a fetch is for. */
    record Member(String id, String instanceId, int epoch) {

        static final Member NOBODY = new Member("", null, -1);
    }

    /** What is committed, for one partition. */
    record Offset(String topic, int partition, long offset, String metadata) {}

    private static final Uuid NOWHERE = new Uuid(7, 7);

    private final RawConnection connection;
    private final String group;
    private final Map<String, Uuid> topicIds;

    /** @param topicIds the topics by their names; others are unknown */
    GroupRequests(RawConnection connection, String group, Map<String, Uuid> topicIds) {
        this.connection = connection;
        this.group = group;
        this.topicIds = topicIds;
    }

    // ---- offsets ----

    String commit(int version, Member member, Offset offset) {
        var partition = new OffsetCommitRequestData.OffsetCommitRequestPartition()
                .setPartitionIndex(offset.partition())
                .setCommittedOffset(offset.offset())
                .setCommittedMetadata(offset.metadata());
        var topic = new OffsetCommitRequestData.OffsetCommitRequestTopic().setPartitions(List.of(partition));
        if (version >= 10) topic.setTopicId(idOf(offset.topic()));
        else topic.setName(offset.topic());
        var request = new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member.id())
                .setGenerationIdOrMemberEpoch(member.epoch())
                .setTopics(List.of(topic));
        if (version >= 7) request.setGroupInstanceId(member.instanceId());
        OffsetCommitResponse response = connection.ask(ApiKeys.OFFSET_COMMIT, (short) version, request);
        return name(response.data().topics().getFirst().partitions().getFirst().errorCode());
    }

    private Uuid idOf(String topic) {
        return topicIds.getOrDefault(topic, NOWHERE);
    }

    /** All offsets of the group. */
    String fetchAll(int version, String memberId, int memberEpoch) {
        var asked = new OffsetFetchRequestGroup().setGroupId(group).setTopics(null);
        if (version >= 9) asked.setMemberId(memberId).setMemberEpoch(memberEpoch);
        return fetch(version, asked);
    }

    /** The offset of one partition. */
    String fetch(int version, String topic, int partition) {
        var asked = new OffsetFetchRequestTopics().setPartitionIndexes(List.of(partition));
        if (version >= 10) asked.setTopicId(idOf(topic));
        else asked.setName(topic);
        return fetch(version, new OffsetFetchRequestGroup().setGroupId(group).setTopics(List.of(asked)));
    }

    private String fetch(int version, OffsetFetchRequestGroup asked) {
        boolean requireStable = version >= 7;
        var request = new OffsetFetchRequestData().setGroups(List.of(asked)).setRequireStable(requireStable);
        OffsetFetchResponse response = connection.ask(
                ApiKeys.OFFSET_FETCH,
                (short) version,
                OffsetFetchRequest.Builder.forTopicIdsOrNames(request, true)
                        .build((short) version)
                        .data());
        var answer = response.group(group);
        var offsets = new TreeMap<String, String>();
        answer.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> offsets.put(
                                nameOf(topic) + partition.partitionIndex(),
                                partition.committedOffset()
                                        + error(partition.errorCode())
                                        + metadata(partition.metadata()))));
        return name(answer.errorCode()) + offsets;
    }

    private String nameOf(OffsetFetchResponseTopics topic) {
        if (topic.topicId().equals(Uuid.ZERO_UUID)) return lastOf(topic.name());
        return topicIds.entrySet().stream()
                .filter(each -> each.getValue().equals(topic.topicId()))
                .map(each -> lastOf(each.getKey()))
                .findFirst()
                .orElse("unknown");
    }

    private static String metadata(String metadata) {
        return metadata.isEmpty() ? "" : "(" + metadata.length() + ")";
    }

    String deleteOffset(String topic, int partition) {
        var asked = new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                .setName(topic)
                .setPartitions(List.of(
                        new OffsetDeleteRequestData.OffsetDeleteRequestPartition().setPartitionIndex(partition)));
        OffsetDeleteResponse response = connection.ask(
                ApiKeys.OFFSET_DELETE,
                (short) 0,
                new OffsetDeleteRequestData()
                        .setGroupId(group)
                        .setTopics(new OffsetDeleteRequestTopicCollection(
                                List.of(asked).iterator())));
        return name(response.data().errorCode())
                + response.data().topics().stream()
                        .map(each -> name(each.partitions().iterator().next().errorCode()))
                        .toList();
    }

    // ---- what administrators see and do ----

    DescribedGroup describe(int version) {
        DescribeGroupsResponse response = connection.ask(
                ApiKeys.DESCRIBE_GROUPS, (short) version, new DescribeGroupsRequestData().setGroups(List.of(group)));
        return response.data().groups().getFirst();
    }

    /** What DescribeGroups says, with its members by the names that the script has for them. */
    String describe(int version, UnaryOperator<String> nameOf) {
        DescribedGroup described = describe(version);
        return name(described.errorCode()) + " " + described.groupState() + " " + described.protocolType() + " "
                + described.protocolData() + " "
                + described.members().stream()
                        .map(member -> nameOf.apply(member.memberId()) + " " + member.groupInstanceId() + " of "
                                + member.clientId() + " says " + member.memberMetadata().length + " has "
                                + member.memberAssignment().length)
                        .sorted()
                        .toList();
    }

    String list(int variant) {
        var request = new ListGroupsRequestData();
        switch (variant % 5) {
            case 0 -> request.setTypesFilter(List.of("consumer"));
            case 1 -> request.setTypesFilter(List.of("Classic"));
            case 2 -> request.setStatesFilter(List.of("stable", "Empty"));
            case 3 ->
                request.setStatesFilter(List.of(" PreparingRebalance", "dead")).setTypesFilter(List.of("classic"));
            default -> {}
        }
        ListGroupsResponse response = connection.ask(ApiKeys.LIST_GROUPS, (short) 5, request);
        return response.data().groups().stream()
                .filter(each -> each.groupId().equals(group))
                .map(each -> each.groupType() + " " + each.groupState() + " " + each.protocolType())
                .toList()
                .toString();
    }

    String deleteGroup() {
        DeleteGroupsResponse response = connection.ask(
                ApiKeys.DELETE_GROUPS, (short) 2, new DeleteGroupsRequestData().setGroupsNames(List.of(group)));
        return name(response.data().results().find(group).errorCode());
    }

    static String name(short errorCode) {
        return Errors.forCode(errorCode).name();
    }

    private static String error(short errorCode) {
        return errorCode == 0 ? "" : " " + name(errorCode);
    }

    /** Topics of a story are named after its group; this is what sets them apart. */
    static String lastOf(String topic) {
        return topic.replaceFirst(".*-", "");
    }
}
