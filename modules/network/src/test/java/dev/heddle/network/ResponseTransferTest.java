package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.requestchannel.RequestHandler;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records arrive as they are, from memory or from a file, however slowly the client reads. */
@Timeout(60)
class ResponseTransferTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 40_000, 1_000_000, 20_000_000})
    void recordsInMemoryArriveWhole(int bytes) {
        MemoryRecords records = Records.ofSize(bytes);
        assertArrives(records, records, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000_000})
    void recordsOutsideTheHeapArriveWhole(int bytes) {
        MemoryRecords records = Records.ofSize(bytes);
        assertArrives(records, Records.outsideTheHeap(records), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 40_000, 1_000_000, 20_000_000})
    void recordsInAFileArriveWhole(int bytes) throws IOException {
        MemoryRecords records = Records.ofSize(bytes);
        try (FileRecords file = write(records)) {
            assertArrives(records, file, 0);
        }
    }

    @Test
    void aClientThatReadsSlowlyGetsTheWholeFile() throws IOException {
        MemoryRecords records = Records.ofSize(3_000_000);
        try (FileRecords file = write(records)) {
            assertArrives(records, file, 4096);
        }
    }

    @Test
    void aFileThatShrinksUnderTheResponseClosesTheConnectionAndNobodyElseNotices() throws IOException {
        MemoryRecords records = Records.ofSize(20_000_000);
        try (FileRecords file = write(records);
                var server = TestServer.start(answerWith(file));
                var other = server.connect()) {
            TestClient client = TestClient.connect(server.server.boundPort("PLAINTEXT"), 4096);
            client.send(Requests.fetch(), 1);
            TestServer.await(() -> server.channel.dataPlane().queuedRequests() == 0);
            assertEquals(1, other.send(Requests.heartbeat(), 1).receiveCorrelationId());
            file.channel().truncate(100);
            while (!client.isClosedByServer()) continue;
            client.close();
            assertEquals(2, other.send(Requests.heartbeat(), 2).receiveCorrelationId());
            other.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aClientThatLeavesInTheMiddleOfAResponseLeavesNothingBehind() throws IOException {
        try (FileRecords file = write(Records.ofSize(20_000_000));
                var server = TestServer.start(answerWith(file))) {
            for (int i = 0; i < 20; i++) {
                TestClient client = TestClient.connect(server.server.boundPort("PLAINTEXT"), 4096);
                client.send(Requests.fetch(), 1);
                TestServer.await(() -> server.channel.dataPlane().queuedRequests() == 0);
                client.reset();
            }
            server.awaitNothingHeld();
        }
    }

    private static RequestHandler answerWith(BaseRecords records) {
        return request -> {
            if (request.apiKey() == ApiKeys.FETCH) request.respond(Requests.fetched(records));
            else SocketServerTest.ANSWER.handle(request);
        };
    }

    private static void assertArrives(MemoryRecords expected, BaseRecords sent, int receiveBufferBytes) {
        try (var server = TestServer.start(answerWith(sent))) {
            TestClient client = TestClient.connect(server.server.boundPort("PLAINTEXT"), receiveBufferBytes);
            for (int i = 0; i < 3; i++) client.send(Requests.fetch(), i);
            for (int i = 0; i < 3; i++) {
                var response = (FetchResponse) client.receive(ApiKeys.FETCH, Requests.FETCH_VERSION);
                assertEquals(expected.buffer(), bytes(response));
            }
            client.close();
            server.awaitNothingHeld();
        }
    }

    private static ByteBuffer bytes(FetchResponse response) {
        var partition = response.data().responses().getFirst().partitions().getFirst();
        return ((MemoryRecords) partition.records()).buffer();
    }

    private FileRecords write(MemoryRecords records) throws IOException {
        File file = directory.resolve("records-" + records.sizeInBytes()).toFile();
        FileRecords written = FileRecords.open(file);
        written.append(records);
        return written;
    }
}
