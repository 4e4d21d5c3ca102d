package dev.heddle.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Very many connections on one event loop, each of which does little. One thread uses it.
 *
 * <p>A connection that the kernel of this machine refuses or lets wait is not tried again by the crowd: the kernel does so by
 * itself, as it does for every client.
 */
final class Crowd implements AutoCloseable {

    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final Duration IDLE_SELECT = Duration.ofMillis(1);

    /** After so many the answers are looked for that have come meanwhile. */
    private static final int CONNECTS_IN_TURN = 64;

    private final InetSocketAddress address;
    private final ByteBuffer greeting;
    private final Selector selector;
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES);
    private final List<CrowdMember> members = new ArrayList<>();

    private Histogram answerNanos = new Histogram(3);

    /** @param greeting what each sends first, as soon as it is connected */
    Crowd(int port, ByteBuffer greeting) throws IOException {
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.greeting = greeting;
        this.selector = Selector.open();
    }

    /**
     * Lets more connect, until each of them has the answer to its greeting.
     *
     * @param atOnce how many may be without an answer at a time
     * @param atMost how long to go on
     * @return for each that was answered how long it took, from when it began to connect
     */
    Histogram grow(int count, int atOnce, Duration atMost) throws IOException {
        return grow(count, atOnce, System.nanoTime() + atMost.toNanos());
    }

    private Histogram grow(int count, int atOnce, long deadlineNanos) throws IOException {
        answerNanos = new Histogram(3);
        int started = 0;
        while (answerNanos.getTotalCount() < count && System.nanoTime() < deadlineNanos) {
            int until = started + CONNECTS_IN_TURN;
            while (started < Math.min(until, count) && started - answerNanos.getTotalCount() < atOnce) {
                connect();
                started++;
            }
            turn(started == until ? Duration.ZERO : IDLE_SELECT);
        }
        return answerNanos;
    }

    private void connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
        channel.configureBlocking(false);
        var member = new CrowdMember(channel, System.nanoTime());
        members.add(member);
        // On loopback the handshake is over when the call returns, if the backlog has room.
        boolean connected = channel.connect(address) || channel.finishConnect();
        if (connected) member.send(greeting);
        channel.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, member);
    }

    /** Sends a request on each connection; its time counts from now on. */
    void askAll(List<ByteBuffer> requestOfEach) throws IOException {
        answerNanos = new Histogram(3);
        for (int i = 0; i < members.size(); i++) {
            members.get(i).sendAt(requestOfEach.get(i % requestOfEach.size()), System.nanoTime());
        }
    }

    /** Lets the time of each answer that is still to come count from now on. */
    void resetClocks() {
        answerNanos = new Histogram(3);
        long now = System.nanoTime();
        for (CrowdMember member : members) member.askedAt(now);
    }

    /** Takes answers until there are so many; returns how long each has taken. */
    Histogram await(int count, Duration atMost) throws IOException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (answerNanos.getTotalCount() < count && System.nanoTime() < deadline) turn(IDLE_SELECT);
        return answerNanos;
    }

    /** Lets one connection after another ask, so many in a second altogether; returns how long each answer took. */
    Histogram askInTurn(ByteBuffer request, double perSecond, Duration time) throws IOException {
        answerNanos = new Histogram(3);
        long start = System.nanoTime();
        long count = (long) (time.toNanos() / 1e9 * perSecond);
        for (long i = 0; i < count; i++) {
            long due = start + (long) (i * 1e9 / perSecond);
            while (System.nanoTime() < due) turn(Duration.ofNanos(due - System.nanoTime()));
            members.get((int) (i % members.size())).sendAt(request, due);
        }
        await((int) count, Duration.ofSeconds(1));
        return answerNanos;
    }

    private void turn(Duration atMost) throws IOException {
        long millis = atMost.toMillis();
        if (millis > 0) selector.select(millis);
        else selector.selectNow();
        long now = System.nanoTime();
        for (SelectionKey key : selector.selectedKeys()) turn(key, now);
        selector.selectedKeys().clear();
    }

    private void turn(SelectionKey key, long now) throws IOException {
        var member = (CrowdMember) key.attachment();
        if (key.isConnectable()) {
            member.finishConnect();
            member.send(greeting);
            key.interestOps(SelectionKey.OP_READ);
        } else if (key.isReadable()) {
            int answers = member.receive(received);
            for (int i = 0; i < answers; i++) answerNanos.recordValue(Math.max(1, now - member.askedAt()));
        }
    }

    /** Ends all connections at once, leaving nothing of them in the kernel. */
    @Override
    public void close() throws IOException {
        for (CrowdMember member : members) member.reset();
        selector.close();
    }

    /** In {@code unit}, of a histogram of nanoseconds. */
    static double at(Histogram nanos, double percentile, TimeUnit unit) {
        return nanos.getValueAtPercentile(percentile) / (double) unit.toNanos(1);
    }
}
