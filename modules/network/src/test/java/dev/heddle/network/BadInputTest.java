package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.requestchannel.RequestHandler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Random;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no request closes its connection, is counted, leaves nothing behind, and others do not notice. */
@Timeout(30)
class BadInputTest {

    private static final String INVALID_REQUESTS = "heddle.network:type=RequestChannel,name=InvalidRequestsPerSec";

    private static final RequestHandler PARSE_AND_ANSWER = request -> {
        AbstractRequest body = request.body();
        if (body instanceof ApiVersionsRequest versions && versions.hasUnsupportedRequestVersion()) {
            request.respond(new ApiVersionsResponse(
                    new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code())));
        } else {
            SocketServerTest.ANSWER.handle(request);
        }
    };

    private TestServer server;
    private TestClient wellBehaved;
    private TestClient client;

    @BeforeEach
    void start() {
        server = TestServer.start(PARSE_AND_ANSWER, SocketServerConfig.SOCKET_REQUEST_MAX_BYTES, "100000");
        wellBehaved = server.connect();
        client = server.connect();
    }

    @AfterEach
    void stop() {
        assertEquals(77, wellBehaved.send(Requests.heartbeat(), 77).receiveCorrelationId());
        wellBehaved.close();
        client.close();
        server.awaitNothingHeld();
        server.close();
    }

    private void assertRefusedAndCounted() {
        assertTrue(client.isClosedByServer());
        TestServer.await(() -> server.count(INVALID_REQUESTS) == 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 100_001, Integer.MAX_VALUE, 0x16030100})
    void aLengthThatCannotBeClosesTheConnection(int length) {
        client.sendRaw(ByteBuffer.allocate(4).putInt(length).array());
        assertRefusedAndCounted();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7})
    void aFrameTooShortForAHeaderClosesTheConnection(int length) {
        client.sendRaw(TestClient.frame(ByteBuffer.allocate(length)));
        assertRefusedAndCounted();
    }

    @ParameterizedTest
    @ValueSource(shorts = {-1, 999, Short.MAX_VALUE})
    void anUnknownApiKeyClosesTheConnection(short apiKey) {
        client.sendRaw(TestClient.frame(header(apiKey, (short) 0)));
        assertRefusedAndCounted();
    }

    @ParameterizedTest
    @ValueSource(shorts = {-1, 999})
    void anUnknownVersionClosesTheConnection(short version) {
        client.sendRaw(TestClient.frame(header(ApiKeys.METADATA.id, version)));
        assertRefusedAndCounted();
    }

    @Test
    void anApiOfControllersClosesTheConnection() {
        client.sendRaw(TestClient.frame(header(ApiKeys.VOTE.id, (short) 0)));
        assertRefusedAndCounted();
    }

    @Test
    void anUnknownVersionOfApiVersionsIsAnsweredInVersionZero() {
        client.sendRaw(TestClient.frame(header(ApiKeys.API_VERSIONS.id, (short) 999)));
        var response = (ApiVersionsResponse) client.receive(ApiKeys.API_VERSIONS, (short) 0);
        assertEquals(Errors.UNSUPPORTED_VERSION.code(), response.data().errorCode());
    }

    @Test
    void aBodyThatDoesNotFitItsHeaderClosesTheConnection() {
        ByteBuffer garbage = ByteBuffer.allocate(100);
        garbage.put(header(ApiKeys.HEARTBEAT.id, (short) 0));
        while (garbage.hasRemaining()) garbage.put((byte) 0x7f);
        client.sendRaw(TestClient.frame(garbage.flip()));
        assertRefusedAndCounted();
    }

    @Test
    void aTruncatedRequestClosesTheConnection() {
        byte[] whole = TestClient.frame(Requests.heartbeat("a-group-with-a-name"), 1);
        client.sendRaw(TestClient.frame(ByteBuffer.wrap(whole, 4, whole.length - 12)));
        assertRefusedAndCounted();
    }

    @Test
    void aClientThatLeavesInTheMiddleOfARequestLeavesNothingBehind() {
        byte[] whole = TestClient.frame(Requests.produce(90_000, (short) 1), 1);
        client.sendRaw(java.util.Arrays.copyOf(whole, 80_000)).reset();
        TestServer.await(() -> server.server.connectionCount() == 1);
    }

    @Test
    void aHttpRequestClosesTheConnection() {
        client.sendRaw(
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertRefusedAndCounted();
    }

    @Test
    void connectionsThatAnnounceLongFramesAndSendLittleHoldNoBuffers() {
        var clients = new ArrayList<TestClient>();
        for (int i = 0; i < 50; i++) {
            TestClient slow = server.connect();
            slow.sendRaw(ByteBuffer.allocate(1000).putInt(99_999).array());
            clients.add(slow);
        }
        String bytesIn = "kafka.server:type=socket-server-metrics,name=incoming-byte-total,listener=PLAINTEXT,"
                + "networkProcessor=0";
        TestServer.await(() -> server.count(bytesIn) == 50 * 1000);
        assertEquals(1, wellBehaved.send(Requests.heartbeat(), 1).receiveCorrelationId());
        TestServer.await(() -> server.server.outstandingBuffers() == 0);
        clients.forEach(TestClient::close);
    }

    @Test
    void randomBytesNeverHurtAnybodyElse() {
        var random = new Random(4711);
        for (int i = 0; i < 200; i++) {
            TestClient attacker = server.connect();
            byte[] frame = TestClient.frame(Requests.produce(200, (short) 1), i);
            for (int flips = random.nextInt(20); flips >= 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            attacker.sendRaw(frame);
            attacker.close();
            assertEquals(i, wellBehaved.send(Requests.heartbeat(), i).receiveCorrelationId());
        }
    }

    private static ByteBuffer header(short apiKey, short version) {
        return ByteBuffer.allocate(11)
                .putShort(apiKey)
                .putShort(version)
                .putInt(1)
                .putShort((short) 0)
                .put((byte) 0)
                .flip();
    }
}
