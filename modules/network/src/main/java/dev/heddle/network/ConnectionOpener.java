package dev.heddle.network;

import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.ListenerInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections out of accepted sockets. Any thread may {@link #add} one; the rest is a Processor's alone. */
final class ConnectionOpener {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionOpener.class);

    private final int processorId;
    private final ListenerInfo listener;
    private final NetworkContext context;
    private final @Nullable Function<AuthenticationContext, KafkaPrincipal> principals;
    private final Queue<SocketChannel> accepted = new ConcurrentLinkedQueue<>();
    private int nextIndex;

    ConnectionOpener(int processorId, ListenerInfo listener, NetworkContext context) {
        this.processorId = processorId;
        this.listener = listener;
        this.context = context;
        principals = context.principals().apply(listener.name());
    }

    /** Takes over a socket that was accepted and counted. */
    void add(SocketChannel socket) {
        accepted.add(socket);
    }

    boolean isEmpty() {
        return accepted.isEmpty();
    }

    /** Registers the socket that has waited longest for reading; null if there is none, or its client has gone already. */
    @Nullable Connection openNext(Processor processor, Selector selector) {
        SocketChannel socket = accepted.poll();
        return socket == null ? null : open(socket, processor, selector);
    }

    /** Closes the sockets that have not become connections. */
    void discardAll() {
        SocketChannel socket;
        while ((socket = accepted.poll()) != null) discard(socket);
    }

    private @Nullable Connection open(SocketChannel socket, Processor processor, Selector selector) {
        try {
            configure(socket);
            var transport = new PlaintextTransport(socket);
            ConnectionInfo info = describe(socket, transport);
            SelectionKey key = socket.register(selector, SelectionKey.OP_READ);
            var connection = new Connection(processor, info, transport, key);
            key.attach(connection);
            return connection;
        } catch (IOException | RuntimeException e) {
            LOG.debug("A connection could not be opened: listener={}", listener.name(), e);
            discard(socket);
            return null;
        }
    }

    private void configure(SocketChannel socket) throws IOException {
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        int sendBufferBytes = context.config().socket().sendBufferBytes();
        if (sendBufferBytes > 0) socket.setOption(StandardSocketOptions.SO_SNDBUF, sendBufferBytes);
    }

    private ConnectionInfo describe(SocketChannel socket, Transport transport) throws IOException {
        var remote = (InetSocketAddress) socket.getRemoteAddress();
        var local = (InetSocketAddress) socket.getLocalAddress();
        int index = nextIndex;
        nextIndex = (nextIndex + 1) & Integer.MAX_VALUE;
        if (principals == null) return ConnectionInfo.anonymous(processorId, index, listener, remote, local);
        AuthenticationContext client = transport.authentication(listener.name());
        return ConnectionInfo.identifiedBy(() -> principals.apply(client), processorId, index, listener, remote, local);
    }

    /** Closes a socket that was accepted and counted, and counts it out again. */
    private void discard(SocketChannel socket) {
        context.quotas().remove(listener.name(), socket.socket().getInetAddress());
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("Closing a socket failed: listener={}", listener.name(), e);
        }
    }
}
