package dev.heddle.network;

import dev.heddle.common.StopBrokerException;
import dev.heddle.network.SocketServerConfig.SocketOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import org.apache.kafka.common.Endpoint;
import org.jspecify.annotations.Nullable;

/** A bound port with the selector that watches it. Opened and closed by the thread that starts the broker. */
record ListenSocket(String listener, ServerSocketChannel channel, Selector selector) {

    /**
     * Binds {@code endpoint}.
     *
     * @throws StopBrokerException if that cannot be, saying why
     */
    static ListenSocket bind(Endpoint endpoint, SocketOptions options) {
        InetSocketAddress address = endpoint.host() == null
                ? new InetSocketAddress(endpoint.port())
                : new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) throw cannotBind(endpoint, "the host is unknown", null);
        try {
            return open(endpoint, options, address);
        } catch (BindException e) {
            throw cannotBind(endpoint, reason(e), e);
        } catch (IOException e) {
            throw cannotBind(endpoint, String.valueOf(e.getMessage()), e);
        }
    }

    private static ListenSocket open(Endpoint endpoint, SocketOptions options, InetSocketAddress address)
            throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            if (options.receiveBufferBytes() > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, options.receiveBufferBytes());
            }
            channel.bind(address, options.backlog());
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return new ListenSocket(endpoint.listener(), channel, selector);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static String reason(BindException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("already in use")) return "the port is taken by another process";
        if (message.contains("Cannot assign")) return "the address is not one of this machine";
        return message;
    }

    private static StopBrokerException cannotBind(Endpoint endpoint, String reason, @Nullable Exception cause) {
        String host = endpoint.host() == null ? "" : endpoint.host();
        return new StopBrokerException(
                "Cannot listen on " + endpoint.listener() + "://" + host + ":" + endpoint.port() + ": " + reason,
                cause);
    }

    int port() {
        return channel.socket().getLocalPort();
    }

    /** Closes the port; the selector is left to whoever selects on it. */
    void closePort() throws IOException {
        channel.close();
    }
}
