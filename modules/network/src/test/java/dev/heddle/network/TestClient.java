package dev.heddle.network;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** A client that speaks Kafka's protocol through a blocking socket, one step at a time. */
final class TestClient implements AutoCloseable {

    private static final int READ_LIMIT_MS = 20_000;

    final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    private TestClient(Socket socket) throws IOException {
        this.socket = socket;
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    static TestClient connect(int port) {
        return connect(port, 0);
    }

    static TestClient connect(int port, int receiveBufferBytes) {
        try {
            var socket = new Socket();
            if (receiveBufferBytes > 0) socket.setReceiveBufferSize(receiveBufferBytes);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(READ_LIMIT_MS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
            return new TestClient(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] frame(AbstractRequest request, int correlationId) {
        var header = new RequestHeader(request.apiKey(), request.version(), "test-client", correlationId);
        return frame(request.serializeWithHeader(header));
    }

    static byte[] frame(ByteBuffer payload) {
        var framed = ByteBuffer.allocate(4 + payload.remaining());
        framed.putInt(payload.remaining()).put(payload);
        return framed.array();
    }

    TestClient send(AbstractRequest request, int correlationId) {
        return sendRaw(frame(request, correlationId));
    }

    TestClient sendRaw(byte... bytes) {
        try {
            out.write(bytes);
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next response, its length prefix taken off. */
    ByteBuffer receive() {
        try {
            var bytes = new byte[in.readInt()];
            in.readFully(bytes);
            return ByteBuffer.wrap(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int receiveCorrelationId() {
        return receive().getInt();
    }

    AbstractResponse receive(ApiKeys apiKey, short version) {
        ByteBuffer payload = receive();
        var header = new RequestHeader(apiKey, version, "test-client", payload.getInt(0));
        return AbstractResponse.parseResponse(payload, header);
    }

    /** Whether the server has closed the connection; waits until it says something. */
    boolean isClosedByServer() {
        try {
            in.readByte();
            return false;
        } catch (EOFException | SocketException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes without a word of farewell: the other side sees a reset. */
    void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
