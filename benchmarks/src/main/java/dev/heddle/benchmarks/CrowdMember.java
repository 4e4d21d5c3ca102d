package dev.heddle.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One connection of a {@link Crowd}: counts the answers, and looks into none. One thread uses it. */
final class CrowdMember {

    private final SocketChannel channel;
    private long askedAtNanos;

    /** How many bytes of the size of the next answer have come, and what they say so far. */
    private int sizeBytes;

    private int size;

    /** How many bytes of an answer are still to come. */
    private int toSkip;

    CrowdMember(SocketChannel channel, long nowNanos) {
        this.channel = channel;
        this.askedAtNanos = nowNanos;
    }

    void finishConnect() throws IOException {
        channel.finishConnect();
    }

    void sendAt(ByteBuffer request, long dueNanos) throws IOException {
        askedAtNanos = dueNanos;
        send(request);
    }

    /** Sends without a change to since when its answer is awaited. Only one request is under way, so that none waits for Nagle. */
    void send(ByteBuffer request) throws IOException {
        ByteBuffer whole = request.duplicate().rewind();
        channel.write(whole);
        if (whole.hasRemaining()) throw new IOException("A small request did not fit into the socket's buffer");
    }

    long askedAt() {
        return askedAtNanos;
    }

    void askedAt(long nanos) {
        askedAtNanos = nanos;
    }

    /** Reads what there is, into {@code buffer}; returns how many answers are whole by that. */
    int receive(ByteBuffer buffer) throws IOException {
        if (channel.read(buffer.clear()) < 0) throw new EOFException("The broker has closed a connection");
        buffer.flip();
        int answers = 0;
        while (buffer.hasRemaining()) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, buffer.remaining());
                buffer.position(buffer.position() + skipped);
                toSkip -= skipped;
                if (toSkip == 0) answers++;
            } else {
                takeSize(buffer.get());
            }
        }
        return answers;
    }

    private void takeSize(byte next) {
        size = size << Byte.SIZE | next & 0xff;
        if (++sizeBytes < Integer.BYTES) return;
        toSkip = size;
        size = 0;
        sizeBytes = 0;
    }

    /** Closes without TIME_WAIT. */
    void reset() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }
}
