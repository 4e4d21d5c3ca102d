package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener for operators, while everyone else floods the broker and reads no answer. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ControlPlaneIT {

    private static final int FLOODING = 50;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "platform", "inline"})
    void anOperatorGetsThroughWhenTheDataPlaneIsSaturated(String strategy) throws Exception {
        int dataPort = ApacheKafka.freePort();
        int controlPort = ApacheKafka.freePort();
        Path config = directory.resolve("server.properties");
        Files.writeString(config, """
                listeners=PLAINTEXT://localhost:%d,CONTROL://localhost:%d
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROL:PLAINTEXT
                control.plane.listener.name=CONTROL
                handler.strategy=%s
                num.network.threads=1
                num.io.threads=1
                queued.max.requests=1
                log.dirs=%s
                """.formatted(dataPort, controlPort, strategy, directory.resolve("data")));
        try (var broker = BrokerProcess.startWithConfig(config)) {
            var flood = new ArrayList<RawConnection>();
            try (var operator = new Clients("localhost:" + controlPort)) {
                operator.createTopic("flooded", 1);
                byte[] frames = produces(500);
                for (int i = 0; i < FLOODING; i++) flood.add(flooding(dataPort, frames));
                for (int i = 0; i < 10; i++) {
                    operator.createTopic("by-the-operator-" + i, 1);
                    var cluster = operator.admin().describeCluster();
                    assertEquals(controlPort, Clients.get(cluster.controller()).port());
                }
            } finally {
                flood.forEach(RawConnection::close);
            }
            String dump = Tool.run("", System.getProperty("java.home") + "/bin/jstack", String.valueOf(broker.pid()))
                    .succeeded();
            assertTrue(dump.contains("\"processor-CONTROL-0\""), dump);
            assertEquals(0, broker.stop(), broker::printed);
        }
    }

    /** A connection on whose own thread one produce request after the other is sent, and no answer read. */
    private static RawConnection flooding(int port, byte[] frames) {
        var connection = new RawConnection(port);
        Thread.ofPlatform().daemon().name("flood").start(() -> {
            try {
                while (true) connection.sendBytes(frames);
            } catch (UncheckedIOException closed) {
                // The test is over.
            }
        });
        return connection;
    }

    private static byte[] produces(int count) {
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName("flooded")
                .setPartitionData(List.of(
                        new PartitionProduceData().setIndex(0).setRecords(Scenarios.records("x".repeat(500))))));
        var request =
                new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1000).setTopicData(topics);
        ByteBuffer body = RawConnection.encode(ApiKeys.PRODUCE, (short) 9, 1, request);
        ByteBuffer frames = ByteBuffer.allocate(count * (4 + body.remaining()));
        for (int i = 0; i < count; i++) frames.putInt(body.remaining()).put(body.duplicate());
        return frames.array();
    }
}
