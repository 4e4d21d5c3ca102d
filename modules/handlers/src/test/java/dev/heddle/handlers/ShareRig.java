package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ShareGroupConfig;
import dev.heddle.coordinator.ShareGroupSettings;
import dev.heddle.coordinator.delivery.SharePartitions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.ShareAcknowledgeRequest;
import org.apache.kafka.common.requests.ShareAcknowledgeResponse;
import org.apache.kafka.common.requests.ShareFetchRequest;
import org.apache.kafka.common.requests.ShareFetchResponse;

/** A broker with records for share groups, whose state is kept in memory. One thread uses it. */
final class ShareRig implements AutoCloseable {

    static final String GROUP = "workers";
    static final int MAX_SESSIONS = 3;
    static final int LOCK_MS = 30_000;

    final ManualTime time = new ManualTime(1_000_000);
    final ManualScheduler scheduler = new ManualScheduler(time);
    final FakeShareState state = new FakeShareState();
    final MetricRegistry metrics = new MetricRegistry();
    final DataBroker broker;
    final SharePartitions partitions;
    final ShareSessions sessions;
    final HandlerTable table;

    private int members;

    ShareRig(Path directory) {
        broker = DataBroker.start(directory, time);
        var parsed = new AbstractConfig(GroupCoordinatorConfig.define(new ConfigDef()), Map.of(), false);
        var settings = new ShareGroupSettings(ShareGroupConfig.from(parsed), broker.metadata);
        partitions = new SharePartitions(
                broker.replicas, state, settings, new SharePartitions.Context(time, scheduler, metrics));
        sessions = new ShareSessions(partitions, MAX_SESSIONS, metrics);
        var brokers = new BrokerNodes(new BrokerIdentity(DataBroker.ID, "cluster", false));
        var services = new ShareServices(partitions, broker.metadata, broker.replicas, brokers);
        table = new HandlerTable(List.of(
                new ShareFetchHandler(services, sessions, 55 << 20, time, metrics),
                new ShareAcknowledgeHandler(services, sessions)));
        feature(1);
        configure(GROUP, "share.auto.offset.reset", "earliest");
    }

    void feature(int level) {
        broker.update(delta ->
                delta.replay(new FeatureLevelRecord().setName("share.version").setFeatureLevel((short) level)));
    }

    void configure(String group, String key, String value) {
        broker.update(delta -> delta.replay(new ConfigRecord()
                .setResourceType(ConfigResource.Type.GROUP.id())
                .setResourceName(group)
                .setName(key)
                .setValue(value)));
    }

    static TopicIdPartition at(Uuid topic, String name, int partition) {
        return new TopicIdPartition(topic, new TopicPartition(name, partition));
    }

    @Override
    public void close() {
        broker.close();
    }

    /** A member with a connection of its own, which counts its session's epochs. */
    final class Member {

        final String id;
        final TestConnection connection;
        private int epoch;

        Member(String id) {
            this.id = id;
            connection = new TestConnection(table, time, members++);
        }

        ShareFetchRequestData ask() {
            return new ShareFetchRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(id)
                    .setShareSessionEpoch(epoch)
                    .setMinBytes(1)
                    .setMaxBytes(1_000_000)
                    .setMaxRecords(500)
                    .setBatchSize(500);
        }

        ShareFetchRequestData ask(Uuid topic, int... partitions) {
            return with(ask(), topic, partitions);
        }

        ShareFetchRequestData with(ShareFetchRequestData data, Uuid topic, int... partitions) {
            for (int partition : partitions) partition(data, topic, partition);
            return data;
        }

        FetchPartition partition(ShareFetchRequestData data, Uuid topic, int partition) {
            FetchTopic found = data.topics().find(topic);
            if (found == null) {
                found = new FetchTopic().setTopicId(topic);
                data.topics().add(found);
            }
            var added = new FetchPartition().setPartitionIndex(partition);
            found.partitions().add(added);
            return added;
        }

        TestConnection.Exchange send(ShareFetchRequestData data) {
            return connection.send(new ShareFetchRequest(data, ApiKeys.SHARE_FETCH.latestVersion()));
        }

        ShareFetchResponse fetch(ShareFetchRequestData data) {
            return told(send(data).response());
        }

        ShareFetchResponse told(ShareFetchResponse response) {
            if (response.error() == Errors.NONE) epoch++;
            return response;
        }

        ShareFetchResponse fetch() {
            return fetch(ask());
        }

        /** Says something of one partition, in a request of its own. */
        Errors acknowledge(Uuid topic, int partition, long first, long last, int... types) {
            List<Byte> all = new ArrayList<>();
            for (int type : types) all.add((byte) type);
            var batch = new ShareAcknowledgeRequestData.AcknowledgementBatch()
                    .setFirstOffset(first)
                    .setLastOffset(last)
                    .setAcknowledgeTypes(all);
            var request = new ShareAcknowledgeRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(id)
                    .setShareSessionEpoch(epoch)
                    .setIsRenewAck(all.contains((byte) 4));
            var named = new AcknowledgeTopic().setTopicId(topic);
            named.partitions()
                    .add(new AcknowledgePartition()
                            .setPartitionIndex(partition)
                            .setAcknowledgementBatches(List.of(batch)));
            request.topics().add(named);
            ShareAcknowledgeResponse response =
                    connection.call(new ShareAcknowledgeRequest(request, ApiKeys.SHARE_ACKNOWLEDGE.latestVersion()));
            Errors error = Errors.forCode(response.data().errorCode());
            if (error != Errors.NONE) return error;
            epoch++;
            return Errors.forCode(response.data()
                    .responses()
                    .find(topic)
                    .partitions()
                    .getFirst()
                    .errorCode());
        }

        void epoch(int value) {
            epoch = value;
        }
    }

    static AcknowledgementBatch said(long first, long last, int type) {
        return new AcknowledgementBatch()
                .setFirstOffset(first)
                .setLastOffset(last)
                .setAcknowledgeTypes(List.of((byte) type));
    }

    /** The answers, by partition of the topic. */
    static Map<Integer, PartitionData> answers(ShareFetchResponse response, Uuid topic) {
        Map<Integer, PartitionData> answers = new HashMap<>();
        var found = response.data().responses().find(topic);
        if (found != null) found.partitions().forEach(answer -> answers.put(answer.partitionIndex(), answer));
        return answers;
    }

    /** What was acquired of partition 0, as {@code first-last xcount}. */
    static List<String> acquired(ShareFetchResponse response, Uuid topic) {
        PartitionData answer = answers(response, topic).get(0);
        List<String> shown = new ArrayList<>();
        if (answer == null) return shown;
        for (AcquiredRecords records : answer.acquiredRecords()) {
            shown.add(records.firstOffset() + "-" + records.lastOffset() + " x" + records.deliveryCount());
        }
        return shown;
    }

    static List<String> values(PartitionData answer) {
        List<String> values = new ArrayList<>();
        for (Record record : ((Records) answer.records()).records()) {
            values.add(StandardCharsets.UTF_8.decode(record.value()).toString());
        }
        return values;
    }
}
