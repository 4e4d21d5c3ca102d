package dev.heddle.requestchannel;

import dev.heddle.common.CloseConnectionException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/** What is known of a connection. Any thread may call it. */
public final class ConnectionInfo {

    private static final Supplier<KafkaPrincipal> NOBODY = () -> KafkaPrincipal.ANONYMOUS;
    private static final Runnable NOTHING = () -> {};

    private static final AtomicReferenceFieldUpdater<ConnectionInfo, @Nullable Runnable> AT_END =
            AtomicReferenceFieldUpdater.newUpdater(ConnectionInfo.class, Runnable.class, "atEnd");

    private final int processorId;
    private final int index;
    private final ListenerInfo listener;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;

    private final Supplier<KafkaPrincipal> whoItIs;

    /** Publishes who the client is, once somebody has wanted to know; until then null, unless it is known anyway. */
    private volatile @Nullable KafkaPrincipal principal;

    /** Publishes what an ApiVersions request said to the requests after it. */
    private volatile ClientInformation clientInformation = ClientInformation.EMPTY;

    /** What is to be done when the connection has closed; null once it has. Changed through {@link #AT_END}. */
    private volatile @Nullable Runnable atEnd = NOTHING;

    private ConnectionInfo(
            int processorId,
            int index,
            ListenerInfo listener,
            InetSocketAddress remoteAddress,
            InetSocketAddress localAddress,
            Supplier<KafkaPrincipal> whoItIs) {
        this.processorId = processorId;
        this.index = index;
        this.listener = listener;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.whoItIs = whoItIs;
    }

    /**
     * A connection whose client nobody asks for a name: it is {@code ANONYMOUS}.
     *
     * @param processorId the number of its Processor among all of the broker
     * @param index its number among the connections of its Processor, not used again for long
     * @param localAddress what the client dialled
     */
    public static ConnectionInfo anonymous(
            int processorId,
            int index,
            ListenerInfo listener,
            InetSocketAddress remoteAddress,
            InetSocketAddress localAddress) {
        var info = new ConnectionInfo(processorId, index, listener, remoteAddress, localAddress, NOBODY);
        info.principal = KafkaPrincipal.ANONYMOUS;
        return info;
    }

    /**
     * The same for a client that a plugin identifies.
     *
     * @param whoItIs asked once, by the first that calls {@link #principal()}; it may take its time
     */
    public static ConnectionInfo identifiedBy(
            Supplier<KafkaPrincipal> whoItIs,
            int processorId,
            int index,
            ListenerInfo listener,
            InetSocketAddress remoteAddress,
            InetSocketAddress localAddress) {
        return new ConnectionInfo(processorId, index, listener, remoteAddress, localAddress, whoItIs);
    }

    /** As Kafka writes it: local address, remote address, Processor and number. Made anew each time: few ask. */
    public String id() {
        return hostAndPort(localAddress) + "-" + hostAndPort(remoteAddress) + "-" + processorId + "-" + index;
    }

    private static String hostAndPort(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    public ListenerInfo listener() {
        return listener;
    }

    public String listenerName() {
        return listener.name();
    }

    public SecurityProtocol securityProtocol() {
        return listener.securityProtocol();
    }

    /** Whether the connection came in through the control-plane listener. */
    public boolean controlPlane() {
        return listener.controlPlane();
    }

    public InetAddress clientAddress() {
        return remoteAddress.getAddress();
    }

    public int clientPort() {
        return remoteAddress.getPort();
    }

    /** The address and port that the client dialled. */
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    /** Whether {@link #principal()} answers at once. */
    public boolean isPrincipalKnown() {
        return principal != null;
    }

    /**
     * Who the client is. The first call may wait for a plugin; so it is no Processor's.
     *
     * @throws CloseConnectionException if the plugin refuses the client
     */
    public KafkaPrincipal principal() {
        KafkaPrincipal known = principal;
        if (known != null) return known;
        try {
            known = whoItIs.get();
        } catch (RuntimeException e) {
            throw new CloseConnectionException("Who the client is cannot be told: " + e.getMessage(), e);
        }
        principal = known;
        return known;
    }

    /** Name and version of the client's library (KIP-511); {@link ClientInformation#EMPTY} until it has said so. */
    public ClientInformation clientInformation() {
        return clientInformation;
    }

    /** Keeps what an ApiVersions request said of the client's library. */
    public void clientInformation(ClientInformation information) {
        clientInformation = information;
    }

    /**
     * Has {@code action} run when the connection has closed, once; at once if it has closed already. It runs on the
     * Processor's thread, or on the caller's, and must not block.
     */
    public void whenClosed(Runnable action) {
        Runnable known;
        do {
            known = atEnd;
            if (known == null) {
                action.run();
                return;
            }
        } while (!AT_END.compareAndSet(this, known, both(known, action)));
    }

    private static Runnable both(Runnable first, Runnable second) {
        return () -> {
            first.run();
            second.run();
        };
    }

    /** The connection has closed. Called by its Processor. */
    public void closed() {
        Runnable action = AT_END.getAndSet(this, null);
        if (action != null) action.run();
    }

    @Override
    public String toString() {
        return id();
    }
}
