package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/**
 * Requests as they go over the wire, encoded once and sent over and over. Any thread may call it; the frames are
 * read-only and shared.
 */
final class Frames {

    static final String CLIENT_ID = "benchmark";

    /** Versions that both brokers speak and that name topics, not their ids. */
    private static final short PRODUCE_VERSION = 9;

    private static final short FETCH_VERSION = 12;
    private static final short METADATA_VERSION = 9;
    private static final short HEARTBEAT_VERSION = 4;
    private static final short API_VERSIONS_VERSION = 3;

    private Frames() {}

    /** {@code records} records of {@code valueBytes} random bytes each, in one batch. */
    static ByteBuffer produce(String topic, int partition, short acks, Batch batch) {
        return produce(CLIENT_ID, topic, partition, acks, batch);
    }

    /** By a client of another name. */
    static ByteBuffer produce(String clientId, String topic, int partition, short acks, Batch batch) {
        var data = new ProduceRequestData().setAcks(acks).setTimeoutMs(30_000);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName(topic)
                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                .setIndex(partition)
                                .setRecords(batch.encode()))));
        return frame(clientId, ApiKeys.PRODUCE, data);
    }

    /** What a produce request carries. */
    record Batch(int records, int valueBytes, Compression compression) {

        MemoryRecords encode() {
            var random = new Random(1);
            List<SimpleRecord> all = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                byte[] value = new byte[valueBytes];
                // Letters and digits compress about as well as what people send.
                for (int at = 0; at < value.length; at++) value[at] = (byte) ('0' + random.nextInt(40));
                all.add(new SimpleRecord(System.currentTimeMillis(), value));
            }
            return MemoryRecords.withRecords(compression, all.toArray(SimpleRecord[]::new));
        }
    }

    static ByteBuffer fetch(String topic, int partition, long offset, int maxBytes, int maxWaitMs) {
        var data = new FetchRequestData()
                .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(-1))
                .setMaxBytes(maxBytes)
                .setMinBytes(1)
                .setMaxWaitMs(maxWaitMs)
                .setSessionEpoch(-1);
        data.topics()
                .add(new FetchRequestData.FetchTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setPartition(partition)
                                .setFetchOffset(offset)
                                .setCurrentLeaderEpoch(-1)
                                .setPartitionMaxBytes(maxBytes))));
        return frame(ApiKeys.FETCH, data);
    }

    static ByteBuffer metadata(String topic) {
        var data = new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(topic)))
                .setAllowAutoTopicCreation(false);
        return frame(ApiKeys.METADATA, data);
    }

    static ByteBuffer apiVersions() {
        var data = new ApiVersionsRequestData().setClientSoftwareName(CLIENT_ID).setClientSoftwareVersion("1");
        return frame(ApiKeys.API_VERSIONS, data);
    }

    /** A heartbeat of a member that the group does not know: it is looked up and refused. */
    static ByteBuffer heartbeat(String group) {
        var data =
                new HeartbeatRequestData().setGroupId(group).setGenerationId(1).setMemberId("nobody");
        return frame(ApiKeys.HEARTBEAT, data);
    }

    private static ByteBuffer frame(ApiKeys api, ApiMessage request) {
        return frame(CLIENT_ID, api, request);
    }

    private static ByteBuffer frame(String clientId, ApiKeys api, ApiMessage request) {
        short version = versionOf(api);
        RequestHeader header = new RequestHeader(api, version, clientId, 1);
        ByteBuffer body = RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
        ByteBuffer frame = ByteBuffer.allocateDirect(Integer.BYTES + body.remaining());
        return frame.putInt(body.remaining()).put(body).flip();
    }

    /** The version in which an API is asked here. */
    static short versionOf(ApiKeys api) {
        return switch (api) {
            case PRODUCE -> PRODUCE_VERSION;
            case FETCH -> FETCH_VERSION;
            case METADATA -> METADATA_VERSION;
            case HEARTBEAT -> HEARTBEAT_VERSION;
            case API_VERSIONS -> API_VERSIONS_VERSION;
            default -> throw new IllegalArgumentException("No frames of " + api);
        };
    }

    /** The header of every request: answers come in order, so all of them can have one correlation id. */
    static RequestHeader header(ApiKeys api, short version) {
        return new RequestHeader(api, version, CLIENT_ID, 1);
    }
}
