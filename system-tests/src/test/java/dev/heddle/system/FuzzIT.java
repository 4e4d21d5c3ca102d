package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/**
 * Throws mutated requests at the broker for a bounded time, and then finds it healthy and nothing leaked. The seed is in
 * every failure: {@code -Dheddle.fuzz.seed=…} plays it again, {@code -Dheddle.fuzz.seconds=…} goes on for longer.
 */
class FuzzIT extends AgainstABroker {

    private static final int SECONDS = Integer.getInteger("heddle.fuzz.seconds", 8);

    @Test
    void mutatedRequestsLeaveTheBrokerHealthyAndLeakFree() {
        long seed = Long.getLong("heddle.fuzz.seed", System.nanoTime());
        var random = new Random(seed);
        String topic = newTopic();
        clients.createTopic(topic, 1);
        List<byte[]> corpus = corpus(topic);
        try (var metrics = new BrokerMetrics(broker)) {
            long filesBefore = metrics.openFiles();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int attacks = 0;
            while (System.nanoTime() < deadline) {
                attack(random, corpus);
                attacks++;
                assertTrue(broker.isAlive(), "the broker died, seed=" + seed + ": " + broker.printed());
            }
            assertTrue(attacks > 10);
            healthy(seed);
            Await.that(() -> inUse(metrics) == 0, "every request and buffer is given back, seed=" + seed);
            // A fuzzed request may have created topics, whose files stay open; sockets may not.
            Await.that(
                    () -> sockets() <= 20,
                    "every connection is closed, seed=" + seed + ", files before=" + filesBefore);
        }
    }

    /** One connection, with up to twenty mutated requests, read or left. */
    private void attack(Random random, List<byte[]> corpus) {
        try (var connection = new RawConnection(broker.port())) {
            int requests = 1 + random.nextInt(20);
            for (int i = 0; i < requests; i++) {
                connection.sendBytes(
                        mutate(corpus.get(random.nextInt(corpus.size())).clone(), random));
            }
        } catch (UncheckedIOException closedByTheBroker) {
            // As it should be.
        }
    }

    private static byte[] mutate(byte[] frame, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> flipBits(frame, random, 4, frame.length);
            case 1 -> flipBits(frame, random, 0, 12);
            case 2 -> ByteBuffer.wrap(frame).putInt(4 + random.nextInt(frame.length - 7), random.nextInt());
            case 3 -> {
                return java.util.Arrays.copyOf(frame, 4 + random.nextInt(frame.length - 4));
            }
            case 4 -> {
                byte[] noise = new byte[frame.length];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, frame, 12, frame.length - 12);
            }
            default -> {
                // As it is: valid requests belong among the others.
            }
        }
        return frame;
    }

    private static void flipBits(byte[] frame, Random random, int from, int to) {
        int flips = 1 + random.nextInt(8);
        for (int i = 0; i < flips; i++) frame[from + random.nextInt(to - from)] ^= (byte) (1 << random.nextInt(8));
    }

    /** Frames of every version of every API, and produces with records. */
    private static List<byte[]> corpus(String topic) {
        var frames = new ArrayList<byte[]>();
        for (ApiKeys api : Scenarios.ALL.keySet()) {
            for (short version : api.allVersions()) {
                frames.add(frame(RawConnection.encode(api, version, 1, api.messageType.newRequest())));
            }
        }
        for (int i = 0; i < 30; i++) {
            var topics = new TopicProduceDataCollection();
            topics.add(new TopicProduceData()
                    .setName(topic)
                    .setPartitionData(List.of(
                            new PartitionProduceData().setIndex(0).setRecords(Scenarios.records("some", "values")))));
            ApiMessage produce = new ProduceRequestData()
                    .setAcks((short) (i % 3 - 1))
                    .setTimeoutMs(1000)
                    .setTopicData(topics);
            frames.add(frame(RawConnection.encode(ApiKeys.PRODUCE, (short) (3 + i % 10), 1, produce)));
        }
        return frames;
    }

    private static byte[] frame(ByteBuffer body) {
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        return frame.putInt(body.remaining()).put(body).array();
    }

    private void healthy(long seed) {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        try (var producer = clients.producer(Map.of());
                var consumer = clients.consumer(Map.of("group.id", "healthy-" + topic))) {
            assertEquals(
                    0,
                    Clients.get(producer.send(new ProducerRecord<>(topic, "fine")))
                            .offset(),
                    "seed=" + seed);
            consumer.subscribe(List.of(topic));
            assertEquals(List.of("fine"), Clients.values(Clients.poll(consumer, 1)));
        }
    }

    private static long inUse(BrokerMetrics metrics) {
        return metrics.value("heddle.handlers:type=HandlerStrategy,name=RequestsInFlight,lane=data-plane")
                + metrics.value("kafka.network:type=SocketServer,name=MemoryPoolUsed")
                + metrics.value("heddle.network:type=BufferPool,name=BuffersInUse");
    }

    private static long sockets() {
        try (var files = java.nio.file.Files.list(java.nio.file.Path.of("/proc/" + broker.pid() + "/fd"))) {
            return files.filter(FuzzIT::isSocket).count();
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSocket(java.nio.file.Path descriptor) {
        try {
            return java.nio.file.Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (java.io.IOException closedMeanwhile) {
            return false;
        }
    }
}
