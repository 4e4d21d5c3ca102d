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
import java.util.function.LongConsumer;

/** One connection of a load: sends what is due, and counts what is answered. Only the driver's thread uses it. */
final class LoadConnection {

    private static final int RECEIVE_BYTES = 256 * 1024;

    private final Load load;
    private final int index;
    private final LoadMeter meter;
    private final SocketChannel channel;
    private final Requests requests;
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
    private final long periodNanos;

    /** When each unanswered request was due, in their order; a ring. */
    private final long[] due;

    /** What goes out with one system call. */
    private final ByteBuffer[] sending;

    private int sendingCount;
    private SelectionKey key;
    private int firstDue;
    private int unanswered;
    private long nextDueNanos;

    /** How many bytes of an answer are still to come, and need not be looked at. */
    private int toSkip;

    LoadConnection(int port, Load load, int index, LoadMeter meter) throws IOException {
        this.load = load;
        this.index = index;
        this.meter = meter;
        this.requests = load.requests().get(index);
        this.due = new long[load.inFlight()];
        this.sending = new ByteBuffer[load.inFlight()];
        this.periodNanos = load.isOpen() ? (long) (1e9 / load.perSecond()) : 0;
        this.channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
    }

    void register(Selector selector, long firstDueNanos) throws IOException {
        key = channel.register(selector, SelectionKey.OP_READ, this);
        nextDueNanos = firstDueNanos;
    }

    boolean isOpenLoop() {
        return load.isOpen();
    }

    /** When it next has something to send; {@link Long#MAX_VALUE} if that depends on an answer. */
    long nextDueNanos() {
        return unanswered == due.length ? Long.MAX_VALUE : nextDueNanos;
    }

    /** Sends every request that is due and may be sent. */
    void send(long nowNanos) throws IOException {
        if (sendingCount == 0) takeDue(nowNanos);
        if (sendingCount == 0) return;
        channel.write(sending, 0, sendingCount);
        boolean rest = sending[sendingCount - 1].hasRemaining();
        if (!rest) sendingCount = 0;
        int interest = rest ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (key.interestOps() != interest) key.interestOps(interest);
    }

    private void takeDue(long nowNanos) {
        while (unanswered < due.length && nextDueNanos - nowNanos <= 0) {
            long dueNanos = load.isOpen() ? nextDueNanos : nowNanos;
            due[(firstDue + unanswered++) % due.length] = dueNanos;
            nextDueNanos = dueNanos + periodNanos;
            sending[sendingCount++] = requests.next(dueNanos).duplicate().rewind();
        }
    }

    /** Takes the answers that have come. */
    void receive(long nowNanos) throws IOException {
        int count;
        boolean full;
        do {
            count = channel.read(received);
            full = !received.hasRemaining(); // else that was all there is
            take(nowNanos);
        } while (count > 0 && full);
        if (count < 0) throw new EOFException("The broker has closed a connection of " + load.name());
    }

    private void take(long nowNanos) {
        received.flip();
        while (received.hasRemaining()) {
            if (toSkip > 0) skip(nowNanos);
            else if (!begin(nowNanos)) break;
        }
        received.compact();
    }

    private void skip(long nowNanos) {
        int skipped = Math.min(toSkip, received.remaining());
        received.position(received.position() + skipped);
        toSkip -= skipped;
        if (toSkip == 0) answered(nowNanos);
    }

    /** Begins with an answer; false if more of it must come first. */
    private boolean begin(long nowNanos) {
        if (received.remaining() < Integer.BYTES) return false;
        int size = received.getInt(received.position());
        boolean whole = received.remaining() >= Integer.BYTES + size;
        if (size > RECEIVE_BYTES - Integer.BYTES && load.listener() != Load.Listener.NONE)
            throw new IllegalStateException("An answer is larger than what the driver can take: " + size);
        if (!whole && load.listener() != Load.Listener.NONE) return false;
        received.position(received.position() + Integer.BYTES);
        toSkip = size;
        meter.bytes(Integer.BYTES + size);
        if (whole) {
            ByteBuffer answer = received.slice(received.position(), size);
            meter.look(answer.duplicate());
            load.listener().answered(index, answer, nowNanos);
        }
        return true;
    }

    private void answered(long nowNanos) {
        meter.answered(nowNanos - due[firstDue]);
        firstDue = (firstDue + 1) % due.length;
        unanswered--;
    }

    /** Tells of every request that is due and has no answer yet, sent or not, how long it has waited. */
    void tellWaiting(long nowNanos, LongConsumer nanos) {
        for (int i = 0; i < unanswered; i++) nanos.accept(nowNanos - due[(firstDue + i) % due.length]);
        if (!load.isOpen()) return;
        for (long next = nextDueNanos; next - nowNanos <= 0; next += periodNanos) nanos.accept(nowNanos - next);
    }

    boolean isOf(String name) {
        return load.name().equals(name);
    }

    void close() throws IOException {
        channel.close();
    }
}
