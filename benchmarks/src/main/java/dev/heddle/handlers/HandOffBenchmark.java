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
import dev.heddle.security.Access;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
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

/**
 * The way of a request from its frame to its handler's thread and back to the Processor, with a handler that does
 * nothing: what a strategy costs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandOffBenchmark {

    private static final int MANY = 32;
    private static final int IO_THREADS = 8;

    @Param
    public HandlersConfig.Kind strategy;

    private HandlerStrategy handlers;
    private List<Connection> connections;
    private ByteBuffer heartbeat;

    /** How many answers are still to come. */
    private final AtomicInteger outstanding = new AtomicInteger();

    /** Who waits for them. */
    private Thread processor;

    @Setup
    public void begin() {
        var table = new HandlerTable(List.of(new Nothing()));
        var config = new HandlersConfig(strategy, IO_THREADS, 2_000, new FetchConfig(1, 1));
        handlers =
                HandlerStrategy.create(Lane.DATA_PLANE, config, table, stop -> {}, Time.SYSTEM, new MetricRegistry());
        var limits = new RequestChannelConfig(100_000, 1L << 30, 100_000, 1L << 30);
        var channel = new RequestChannel(limits, Time.SYSTEM, new MetricRegistry());
        channel.start(handlers, handlers);
        connections =
                IntStream.range(0, MANY).mapToObj(i -> new Connection(channel)).toList();
        var body = new HeartbeatRequest.Builder(
                        new HeartbeatRequestData().setGroupId("group").setMemberId("member"))
                .build((short) 4);
        ByteBuffer heap = body.serializeWithHeader(new RequestHeader(ApiKeys.HEARTBEAT, (short) 4, "client", 1));
        heartbeat = ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip();
    }

    @Benchmark
    public void one() {
        exchange(1);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public void oneOfMany() {
        exchange(MANY);
    }

    private void exchange(int count) {
        processor = Thread.currentThread();
        outstanding.set(count);
        for (int i = 0; i < count; i++) connections.get(i).send();
        while (outstanding.get() > 0) LockSupport.park(this);
    }

    @TearDown
    public void end() {
        handlers.close();
    }

    /** One without a socket. */
    private final class Connection implements RequestSource {

        private final RequestStream stream;
        private final ConnectionInfo info;

        Connection(RequestChannel channel) {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9092);
            var listener = new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, true);
            info = ConnectionInfo.anonymous(0, 0, listener, address, address);
            stream = channel.dataPlane().open(this);
        }

        void send() {
            ByteBuffer bytes = heartbeat.duplicate();
            Request request = stream.parse(new Frame(bytes, PooledBuffer.unpooled(bytes), System.nanoTime()));
            if (!stream.tryAdmit(request, 0)) throw new IllegalStateException("There is room for more");
            stream.start(request);
        }

        @Override
        public ConnectionInfo info() {
            return info;
        }

        @Override
        public void answered(Request request) {
            if (outstanding.decrementAndGet() == 0) LockSupport.unpark(processor);
        }
    }

    /** Answers, and cannot wait. */
    private static final class Nothing implements ApiHandler {

        @Override
        public ApiKeys apiKey() {
            return ApiKeys.HEARTBEAT;
        }

        @Override
        public boolean mayWait(Request request) {
            return false;
        }

        @Override
        public AbstractResponse handle(Request request, Access access) {
            return new HeartbeatResponse(new HeartbeatResponseData());
        }
    }
}
