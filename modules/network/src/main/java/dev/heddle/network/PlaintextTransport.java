package dev.heddle.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.PlaintextAuthenticationContext;

/** The socket itself: {@code PLAINTEXT}. Used by the connection's Processor alone. */
final class PlaintextTransport implements Transport {

    private final SocketChannel socket;

    PlaintextTransport(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return socket.read(into);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return socket.write(from);
    }

    @Override
    public long write(ByteBuffer[] from) throws IOException {
        return socket.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        return socket.write(from, offset, length);
    }

    /** By {@code sendfile}: the bytes go from the page cache to the socket. */
    @Override
    public long transferFrom(FileChannel file, long position, long count) throws IOException {
        return file.transferTo(position, count, socket);
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public AuthenticationContext authentication(String listener) {
        return new PlaintextAuthenticationContext(socket.socket().getInetAddress(), listener);
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
