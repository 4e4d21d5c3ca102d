package dev.heddle.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;

/** One connection of a load: sends what is due, and counts what is answered. Only the driver's thread uses it. */
final class LoadConnection {

    private static final int RECEIVE_BYTES = 256 * 1024;

    private final Load load;
    private final LoadMeter meter;
    private final SocketChannel channel;
    private final Supplier<ByteBuffer> frames;
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
    private final long periodNanos;

    /** When each unanswered request was due, in their order; a ring. */
    private final long[] due;

    private SelectionKey key;

    /** What is not yet sent of the last request. */
    private ByteBuffer request = ByteBuffer.allocate(0);

    private int firstDue;
    private int unanswered;
    private long nextDueNanos;

    /** How many bytes of an answer are still to come, and need not be looked at. */
    private int toSkip;

    LoadConnection(int port, Load load, int index, LoadMeter meter) throws IOException {
        this.load = load;
        this.meter = meter;
        this.frames = load.frames().get(index);
        this.due = new long[load.inFlight()];
        this.periodNanos = load.isOpen() ? (long) (1e9 / load.perSecond()) : 0;
        this.channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
    }

    void register(Selector selector, long firstDueNanos) throws IOException {
        key = channel.register(selector, SelectionKey.OP_READ, this);
        nextDueNanos = firstDueNanos;
    }

    /** When it next has something to send; {@link Long#MAX_VALUE} if that depends on an answer. */
    long nextDueNanos() {
        return unanswered == due.length ? Long.MAX_VALUE : nextDueNanos;
    }

    /** Sends every request that is due and may be sent. */
    void send(long nowNanos) throws IOException {
        while (unanswered < due.length && nextDueNanos - nowNanos <= 0 && !request.hasRemaining()) {
            due[(firstDue + unanswered++) % due.length] = load.isOpen() ? nextDueNanos : nowNanos;
            nextDueNanos = load.isOpen() ? nextDueNanos + periodNanos : nowNanos;
            request = frames.get().duplicate().rewind();
            channel.write(request);
        }
        if (request.hasRemaining()) channel.write(request);
        int interest = request.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (key.interestOps() != interest) key.interestOps(interest);
    }

    /** Takes the answers that have come. */
    void receive(long nowNanos) throws IOException {
        int count;
        while ((count = channel.read(received)) > 0) take(nowNanos);
        if (count < 0) throw new EOFException("The broker has closed a connection of " + load.name());
    }

    private void take(long nowNanos) {
        received.flip();
        while (received.hasRemaining()) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, received.remaining());
                received.position(received.position() + skipped);
                toSkip -= skipped;
                if (toSkip == 0) answered(nowNanos);
            } else if (received.remaining() >= Integer.BYTES) {
                begin();
            } else {
                break;
            }
        }
        received.compact();
    }

    private void begin() {
        int size = received.getInt(received.position());
        boolean whole = received.remaining() >= Integer.BYTES + size;
        received.position(received.position() + Integer.BYTES);
        toSkip = size;
        meter.bytes(Integer.BYTES + size);
        if (whole) meter.look(received.slice(received.position(), size));
    }

    private void answered(long nowNanos) {
        meter.answered(nowNanos - due[firstDue]);
        firstDue = (firstDue + 1) % due.length;
        unanswered--;
    }

    void close() throws IOException {
        channel.close();
    }
}
