package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import dev.heddle.coordinator.streams.AssignedTasks;
import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.ConfiguredTopology.InternalTopic;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsProfile.Endpoint;
import dev.heddle.coordinator.streams.Tasks;
import dev.heddle.coordinator.streams.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TopicInfo;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.jspecify.annotations.Nullable;

/** StreamsGroupDescribe. Any thread may call it, without a lock; it waits until what it shows is committed. */
final class StreamsDescriptions {

    private final GroupDescriptions<DescribedGroup> groups;

    StreamsDescriptions(OffsetsPartitions partitions) {
        this.groups = new GroupDescriptions<>(partitions, StreamsDescriptions::describe, StreamsDescriptions::error);
    }

    StreamsGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        return new StreamsGroupDescribeResponseData().setGroups(groups.of(ctx, groupIds));
    }

    private static DescribedGroup error(String groupId, Errors error, @Nullable String message) {
        return new DescribedGroup()
                .setGroupId(groupId)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private static DescribedGroup describe(Group group) {
        return describe(group, StreamsHeartbeats.streamsOf(group));
    }

    private static DescribedGroup describe(Group group, StreamsGroup streams) {
        StreamsData data = streams.data();
        var described = new DescribedGroup()
                .setGroupId(group.id())
                .setGroupState(streams.stateLabel())
                .setGroupEpoch(data.epoch())
                .setAssignmentEpoch(data.assignmentEpoch())
                .setTopology(topology(streams));
        for (StreamsMember member : data.members()) {
            described.members().add(describe(member, data.target(member.id())));
        }
        return described;
    }

    // ---- the topology ----

    /** With the topics that there are, if it can run with them; otherwise as the members have sent it. */
    private static StreamsGroupDescribeResponseData.@Nullable Topology topology(StreamsGroup streams) {
        ConfiguredTopology configured = streams.topology();
        Topology known = streams.data().topology();
        List<Subtopology> subtopologies = new ArrayList<>();
        if (configured != null && configured.isReady() && configured.subtopologies() != null) {
            configured
                    .subtopologies()
                    .forEach((id, each) -> subtopologies.add(new Subtopology()
                            .setSubtopologyId(id)
                            .setSourceTopics(sorted(each.sourceTopics()))
                            .setRepartitionSinkTopics(sorted(each.repartitionSinkTopics()))
                            .setRepartitionSourceTopics(internal(each.repartitionSourceTopics()))
                            .setStateChangelogTopics(internal(each.stateChangelogTopics()))));
        } else if (known != null) {
            new TreeMap<>(known.subtopologies())
                    .forEach((id, each) -> subtopologies.add(new Subtopology()
                            .setSubtopologyId(id)
                            .setSourceTopics(sorted(each.sourceTopics()))
                            .setRepartitionSinkTopics(sorted(each.repartitionSinkTopics()))
                            .setRepartitionSourceTopics(asSent(each.repartitionSourceTopics()))
                            .setStateChangelogTopics(asSent(each.stateChangelogTopics()))));
        }
        if (known == null) return null;
        return new StreamsGroupDescribeResponseData.Topology()
                .setEpoch(known.epoch())
                .setSubtopologies(subtopologies);
    }

    private static List<String> sorted(Collection<String> topics) {
        return topics.stream().sorted().toList();
    }

    private static List<TopicInfo> internal(Map<String, InternalTopic> topics) {
        return topics.values().stream()
                .map(topic -> new TopicInfo()
                        .setName(topic.name())
                        .setPartitions(topic.partitions())
                        .setReplicationFactor(topic.replicationFactor())
                        .setTopicConfigs(keyValues(topic.configs())))
                .sorted(Comparator.comparing(TopicInfo::name))
                .toList();
    }

    private static List<TopicInfo> asSent(List<StreamsGroupTopologyValue.TopicInfo> topics) {
        return topics.stream()
                .map(topic -> {
                    Map<String, String> configs = new TreeMap<>();
                    if (topic.topicConfigs() != null) {
                        topic.topicConfigs().forEach(config -> configs.put(config.key(), config.value()));
                    }
                    return new TopicInfo()
                            .setName(topic.name())
                            .setPartitions(topic.partitions())
                            .setReplicationFactor(topic.replicationFactor())
                            .setTopicConfigs(keyValues(configs));
                })
                .sorted(Comparator.comparing(TopicInfo::name))
                .toList();
    }

    private static List<KeyValue> keyValues(Map<String, String> values) {
        return values.entrySet().stream()
                .map(entry -> new KeyValue().setKey(entry.getKey()).setValue(entry.getValue()))
                .toList();
    }

    // ---- members ----

    private static StreamsGroupDescribeResponseData.Member describe(StreamsMember member, Tasks target) {
        Origin origin = member.profile().origin();
        Endpoint endpoint = member.profile().endpoint();
        AssignedTasks assigned = member.current().assigned();
        return new StreamsGroupDescribeResponseData.Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setInstanceId(origin.instanceId())
                .setRackId(origin.rackId())
                .setClientId(origin.clientId())
                .setClientHost(origin.clientHost())
                .setTopologyEpoch(member.profile().topologyEpoch())
                .setProcessId(member.profile().processId())
                .setUserEndpoint(
                        endpoint == null
                                ? null
                                : new StreamsGroupDescribeResponseData.Endpoint()
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port()))
                .setClientTags(keyValues(member.profile().clientTags()))
                .setAssignment(new Assignment()
                        .setActiveTasks(ids(assigned.activePartitions()))
                        .setStandbyTasks(ids(assigned.standby()))
                        .setWarmupTasks(ids(assigned.warmup())))
                .setTargetAssignment(new Assignment()
                        .setActiveTasks(ids(target.active()))
                        .setStandbyTasks(ids(target.standby()))
                        .setWarmupTasks(ids(target.warmup())));
    }

    private static List<TaskIds> ids(Map<String, Set<Integer>> tasks) {
        List<TaskIds> ids = new ArrayList<>();
        new TreeMap<>(tasks)
                .forEach((subtopology, partitions) -> ids.add(new TaskIds()
                        .setSubtopologyId(subtopology)
                        .setPartitions(List.copyOf(new TreeSet<>(partitions)))));
        return ids;
    }
}
