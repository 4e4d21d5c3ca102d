package dev.heddle.requestchannel;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.log.Implementation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.SendBuilder;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a frame to a request, and from the answer to a fetch to what is sent. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {

    private static final short PRODUCE_VERSION = 13;
    private static final short FETCH_VERSION = 17;
    private static final int PARTITIONS = 16;

    @Param
    public Implementation implementation;

    private RequestStream stream;
    private ByteBuffer frame;
    private FetchResponseData fetched;

    @Setup
    public void begin() {
        var config = new RequestChannelConfig(1_000, 1L << 30, 64, 1L << 30);
        stream = new RequestChannel(config, Time.SYSTEM, new MetricRegistry())
                .dataPlane()
                .open(new Nobody());
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[100]));
        frame = produce(records);
        fetched = fetched(records);
    }

    /** Heddle has its frames in direct buffers, Apache Kafka on the heap. */
    private ByteBuffer produce(MemoryRecords records) {
        var partition =
                new ProduceRequestData.PartitionProduceData().setIndex(1).setRecords(records);
        var topic = new ProduceRequestData.TopicProduceData()
                .setTopicId(new Uuid(1, 2))
                .setPartitionData(List.of(partition));
        var data = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1_000);
        data.topicData().add(topic);
        ByteBuffer heap = new ProduceRequest(data, PRODUCE_VERSION)
                .serializeWithHeader(new RequestHeader(ApiKeys.PRODUCE, PRODUCE_VERSION, "client", 1));
        if (implementation == Implementation.APACHE) return heap;
        return ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip();
    }

    private static FetchResponseData fetched(MemoryRecords records) {
        List<FetchResponseData.PartitionData> partitions = new ArrayList<>(IntStream.range(0, PARTITIONS)
                .mapToObj(i -> new FetchResponseData.PartitionData()
                        .setPartitionIndex(i)
                        .setHighWatermark(1)
                        .setRecords(records))
                .toList());
        var topic = new FetchResponseData.FetchableTopicResponse()
                .setTopicId(new Uuid(1, 2))
                .setPartitions(partitions);
        return new FetchResponseData().setResponses(List.of(topic));
    }

    /** A produce of 100 bytes. */
    @Benchmark
    public Object parseProduce() {
        ByteBuffer bytes = frame.duplicate();
        return switch (implementation) {
            case HEDDLE ->
                stream.parse(new Frame(bytes, PooledBuffer.unpooled(bytes), 0)).body();
            case APACHE -> parseByApache(bytes);
        };
    }

    private static Object parseByApache(ByteBuffer bytes) {
        var context = new RequestContext(
                RequestHeader.parse(bytes),
                "connection",
                InetAddress.getLoopbackAddress(),
                Optional.empty(),
                KafkaPrincipal.ANONYMOUS,
                new ListenerName("PLAINTEXT"),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                false);
        return context.parseRequest(bytes).request;
    }

    /** The answer with 100 bytes of each of 16 partitions. */
    @Benchmark
    public Object encodeFetched() {
        var header = new ResponseHeader(1, ApiKeys.FETCH.responseHeaderVersion(FETCH_VERSION));
        return switch (implementation) {
            case HEDDLE -> ResponseEncoder.encode(header, fetched, FETCH_VERSION);
            case APACHE -> SendBuilder.buildResponseSend(header, fetched, FETCH_VERSION);
        };
    }

    /** A connection whose requests are not handled. */
    private static final class Nobody implements RequestSource {

        @Override
        public ConnectionInfo info() {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9092);
            var listener = new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, true);
            return ConnectionInfo.anonymous(0, 0, listener, address, address);
        }

        @Override
        public void answered(Request request) {
            throw new IllegalStateException("Nothing was asked");
        }
    }
}
