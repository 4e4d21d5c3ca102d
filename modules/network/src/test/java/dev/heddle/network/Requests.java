package dev.heddle.network;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;

/** Requests and responses for tests. */
final class Requests {

    static final short FETCH_VERSION = 12;

    private Requests() {}

    static HeartbeatRequest heartbeat() {
        return heartbeat("group");
    }

    static HeartbeatRequest heartbeat(String group) {
        return new HeartbeatRequest.Builder(new HeartbeatRequestData().setGroupId(group)).build();
    }

    static ApiVersionsRequest apiVersions() {
        return new ApiVersionsRequest.Builder().build();
    }

    static ProduceRequest produce(int valueBytes, short acks) {
        var records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[valueBytes]));
        var partition = new ProduceRequestData.PartitionProduceData().setRecords(records);
        var topic = new ProduceRequestData.TopicProduceData().setName("topic").setPartitionData(List.of(partition));
        var data = new ProduceRequestData().setAcks(acks).setTimeoutMs(1000);
        data.topicData().add(topic);
        return new ProduceRequest(data, (short) 9);
    }

    static FetchRequest fetch() {
        return FetchRequest.Builder.forConsumer(FETCH_VERSION, 500, 1, Map.of()).build(FETCH_VERSION);
    }

    static AbstractResponse answerTo(ApiKeys apiKey) {
        return switch (apiKey) {
            case HEARTBEAT -> new HeartbeatResponse(new HeartbeatResponseData());
            case PRODUCE -> new ProduceResponse(new ProduceResponseData());
            case API_VERSIONS -> new ApiVersionsResponse(new ApiVersionsResponseData());
            case FETCH -> fetched(MemoryRecords.EMPTY);
            default -> throw new IllegalArgumentException("No answer to " + apiKey);
        };
    }

    static FetchResponse fetched(BaseRecords records) {
        var partition = new FetchResponseData.PartitionData().setRecords(records);
        var topic = new FetchResponseData.FetchableTopicResponse()
                .setTopic("topic")
                .setTopicId(Uuid.ZERO_UUID)
                .setPartitions(List.of(partition));
        return FetchResponse.of(
                new FetchResponseData().setErrorCode(Errors.NONE.code()).setResponses(List.of(topic)));
    }
}
