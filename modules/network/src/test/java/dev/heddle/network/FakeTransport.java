package dev.heddle.network;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.PlaintextAuthenticationContext;

/** A socket that a test fills and empties. */
final class FakeTransport implements Transport {

    final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    /** How many bytes the next writes take. */
    int acceptBytes = Integer.MAX_VALUE;

    int bytesPerRead = Integer.MAX_VALUE;
    boolean ended;
    int writes;
    private ByteBuffer arrived = ByteBuffer.allocate(0);

    void arrives(byte[] bytes) {
        arrived = ByteBuffer.allocate(arrived.remaining() + bytes.length)
                .put(arrived)
                .put(bytes)
                .flip();
    }

    int available() {
        return arrived.remaining();
    }

    @Override
    public int read(ByteBuffer into) {
        if (ended && !arrived.hasRemaining()) return -1;
        int count = Math.min(bytesPerRead, Math.min(arrived.remaining(), into.remaining()));
        into.put(arrived.slice(arrived.position(), count));
        arrived.position(arrived.position() + count);
        return count;
    }

    @Override
    public int write(ByteBuffer from) {
        writes++;
        int count = Math.min(acceptBytes, from.remaining());
        acceptBytes -= count;
        for (int i = 0; i < count; i++) sent.write(from.get());
        return count;
    }

    @Override
    public long write(ByteBuffer[] from) {
        return write(from, 0, from.length);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        long count = 0;
        for (int i = offset; i < offset + length; i++) count += write(from[i]);
        return count;
    }

    @Override
    public long transferFrom(FileChannel file, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasPendingWrites() {
        return false;
    }

    @Override
    public AuthenticationContext authentication(String listener) {
        return new PlaintextAuthenticationContext(InetAddress.getLoopbackAddress(), listener);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
