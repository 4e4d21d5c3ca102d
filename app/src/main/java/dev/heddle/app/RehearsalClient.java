package dev.heddle.app;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** The smallest client there is: one request, then its answer. For one thread. */
final class RehearsalClient implements AutoCloseable {

    static final String CLIENT_ID = "rehearsal";

    private static final int READ_TIMEOUT_MS = 20_000;

    private final Socket socket;
    private int correlationId;

    RehearsalClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(READ_TIMEOUT_MS);
        socket.setTcpNoDelay(true);
    }

    AbstractResponse ask(AbstractRequest request) throws IOException {
        var header = new RequestHeader(request.apiKey(), request.version(), CLIENT_ID, correlationId++);
        ByteBuffer bytes = request.serializeWithHeader(header);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(bytes.remaining());
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        out.flush();
        var in = new DataInputStream(socket.getInputStream());
        byte[] answer = in.readNBytes(in.readInt());
        return AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
