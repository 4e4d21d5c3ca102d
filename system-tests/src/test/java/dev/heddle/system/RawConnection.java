package dev.heddle.system;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** A socket that speaks Kafka's frames, or anything else that a test wants it to say. */
final class RawConnection implements AutoCloseable {

    private static final int ANSWER_MS = 30_000;

    private final Socket socket;
    private final DataInputStream input;
    private final String clientId;
    private int correlationId;

    RawConnection(int port) {
        this(port, "raw");
    }

    RawConnection(int port, String clientId) {
        this.clientId = clientId;
        try {
            socket = new Socket("localhost", port);
            socket.setSoTimeout(ANSWER_MS);
            socket.setTcpNoDelay(true);
            input = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A request's bytes, as they follow the length. */
    static ByteBuffer encode(ApiKeys api, short version, int correlationId, ApiMessage request) {
        return encode(new RequestHeader(api, version, "raw", correlationId), request);
    }

    private static ByteBuffer encode(RequestHeader header, ApiMessage request) {
        short version = header.apiVersion();
        return RequestUtils.serialize(header.data(), header.headerVersion(), request, version);
    }

    /** Sends a request and decodes its answer. */
    <T extends AbstractResponse> T ask(ApiKeys api, short version, ApiMessage request) {
        return answer(send(api, version, request));
    }

    /** Waits for the answer to a request that was sent. */
    @SuppressWarnings("unchecked")
    <T extends AbstractResponse> T answer(RequestHeader header) {
        ByteBuffer answer = readFrame();
        AbstractResponse response = AbstractResponse.parseResponse(answer, header);
        if (answer.hasRemaining()) {
            throw new AssertionError(answer.remaining() + " bytes left over after " + header);
        }
        return (T) response;
    }

    /** Sends a request, and does not wait for its answer. */
    RequestHeader send(ApiKeys api, short version, ApiMessage request) {
        var header = new RequestHeader(api, version, clientId, ++correlationId);
        sendFrame(encode(header, request));
        return header;
    }

    /** Sends a frame: its length, then its bytes. */
    void sendFrame(ByteBuffer body) {
        ByteBuffer frame = ByteBuffer.allocate(4 + body.remaining());
        frame.putInt(body.remaining()).put(body.duplicate());
        sendBytes(frame.array());
    }

    void sendBytes(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ByteBuffer readFrame() {
        try {
            byte[] frame = new byte[input.readInt()];
            input.readFully(frame);
            return ByteBuffer.wrap(frame);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads to the end: true if the broker closes the connection, false if it leaves it open beyond the time limit. */
    boolean isClosedByTheBroker() {
        try {
            socket.setSoTimeout(10_000);
            while (input.read() >= 0) {}
            return true;
        } catch (EOFException | SocketException closed) {
            return true;
        } catch (IOException stillOpen) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
