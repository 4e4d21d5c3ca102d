package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.PooledBuffer;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestSource;
import dev.heddle.requestchannel.RequestStream;
import dev.heddle.requestchannel.Response;
import dev.heddle.requestchannel.ResponsePart;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** A fetch of 16 partitions, each of which has something: from its frame to the answer that is ready to be sent. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FetchBenchmark {

    private static final int FETCHES = 100;
    private static final short VERSION = 17;

    /** Stands for an epoch, to find its place in a frame. */
    private static final int EPOCH_MARK = 0x11223344;

    /** What a request names. */
    public enum Kind {
        /** All partitions. */
        FULL,
        /** No partition: the session knows them. */
        INCREMENTAL
    }

    @Param
    public Kind kind;

    private FetchedTopic topic;
    private Connection connection;
    private ByteBuffer frame;

    /** Where the session's epoch is in the frame; -1 if there is no session. */
    private int epochAt = -1;

    private int epoch;

    @Setup
    public void begin() {
        topic = new FetchedTopic();
        topic.fill();
        var table = new HandlerTable(List.of(topic.handler()));
        connection = new Connection(table);
        if (kind == Kind.FULL) {
            frame = frame(everything(FetchMetadata.FINAL_EPOCH));
        } else {
            Request first = connection.parse(frame(everything(FetchMetadata.INITIAL_EPOCH)));
            var answer = (FetchResponse)
                    table.find(ApiKeys.FETCH).handle(first, table.permissions().of(first));
            frame = frame(ask(EPOCH_MARK).setSessionId(answer.sessionId()));
            epochAt = IntStream.range(0, frame.limit())
                    .filter(at -> frame.getInt(at) == EPOCH_MARK)
                    .findFirst()
                    .orElseThrow();
        }
        requireRecords();
    }

    private static FetchRequestData ask(int sessionEpoch) {
        return new FetchRequestData()
                .setMaxWaitMs(500)
                .setMinBytes(1)
                .setMaxBytes(50 << 20)
                .setSessionEpoch(sessionEpoch);
    }

    private static FetchRequestData everything(int sessionEpoch) {
        var partitions = IntStream.range(0, FetchedTopic.PARTITIONS)
                .mapToObj(i -> new FetchPartition().setPartition(i).setPartitionMaxBytes(1 << 20))
                .toList();
        return ask(sessionEpoch)
                .setTopics(List.of(new FetchTopic().setTopicId(FetchedTopic.ID).setPartitions(partitions)));
    }

    private static ByteBuffer frame(FetchRequestData request) {
        ByteBuffer heap = new FetchRequest(request, VERSION)
                .serializeWithHeader(new RequestHeader(ApiKeys.FETCH, VERSION, "client", 1));
        return ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip();
    }

    private void requireRecords() {
        if (!(fetch() instanceof Response.Send send)) throw new IllegalStateException("It is refused");
        long found = send.parts().stream()
                .filter(ResponsePart.Records.class::isInstance)
                .count();
        if (found != FetchedTopic.PARTITIONS) throw new IllegalStateException("Records of " + found + " partitions");
    }

    private Response fetch() {
        if (epochAt >= 0) frame.putInt(epochAt, ++epoch);
        return connection.answer(frame);
    }

    /** On a virtual thread, whose file calls are counted. */
    @Benchmark
    @OperationsPerInvocation(FETCHES)
    public void assemble(Blackhole sink) throws InterruptedException {
        Thread handler = Thread.startVirtualThread(() -> {
            for (int i = 0; i < FETCHES; i++) sink.consume(fetch());
        });
        handler.join();
    }

    @TearDown
    public void end() {
        topic.close();
    }

    /** One without a socket. */
    private static final class Connection implements RequestSource {

        private final RequestRunner runner;
        private final RequestStream stream;
        private final ConnectionInfo info;

        Connection(HandlerTable table) {
            runner = new RequestRunner(table, stop -> {});
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9092);
            var listener = new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, true);
            info = ConnectionInfo.anonymous(0, 0, listener, address, address);
            var limits = new RequestChannelConfig(1_000, 1L << 30, 64, 1L << 30);
            stream = new RequestChannel(limits, Time.SYSTEM, new MetricRegistry())
                    .dataPlane()
                    .open(this);
        }

        Request parse(ByteBuffer frame) {
            ByteBuffer bytes = frame.duplicate();
            return stream.parse(new Frame(bytes, PooledBuffer.unpooled(bytes), System.nanoTime()));
        }

        Response answer(ByteBuffer frame) {
            Request request = parse(frame);
            request.handle(runner);
            return request.response();
        }

        @Override
        public ConnectionInfo info() {
            return info;
        }

        @Override
        public void answered(Request request) {}
    }
}
