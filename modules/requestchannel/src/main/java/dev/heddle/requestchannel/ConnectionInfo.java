package dev.heddle.requestchannel;

import dev.heddle.common.CloseConnectionException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/** What is known of a connection. Any thread may call it. */
public final class ConnectionInfo {

    private final String id;
    private final ListenerInfo listener;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;
    private final Supplier<KafkaPrincipal> whoItIs;

    /** Publishes who the client is, once somebody has wanted to know; until then null, unless it is known anyway. */
    private volatile @Nullable KafkaPrincipal principal;

    /** Publishes what an ApiVersions request said to the requests after it. */
    private volatile ClientInformation clientInformation = ClientInformation.EMPTY;

    /** What is to be done when the connection has closed; null once it has. */
    private final AtomicReference<@Nullable List<Runnable>> endActions = new AtomicReference<>(List.of());

    /**
     * @param id as Kafka writes it: local address, remote address, Processor and a number that is not used again
     * @param localAddress what the client dialled
     */
    public ConnectionInfo(
            String id,
            ListenerInfo listener,
            InetSocketAddress remoteAddress,
            InetSocketAddress localAddress,
            KafkaPrincipal principal) {
        this(id, listener, remoteAddress, localAddress, () -> principal);
        this.principal = principal;
    }

    /**
     * The same for a client that a plugin identifies.
     *
     * @param whoItIs asked once, by the first that calls {@link #principal()}; it may take its time
     */
    public ConnectionInfo(
            String id,
            ListenerInfo listener,
            InetSocketAddress remoteAddress,
            InetSocketAddress localAddress,
            Supplier<KafkaPrincipal> whoItIs) {
        this.id = id;
        this.listener = listener;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.whoItIs = whoItIs;
    }

    /** Unique over the life of the broker. */
    public String id() {
        return id;
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
        List<Runnable> known;
        do {
            known = endActions.get();
            if (known == null) {
                action.run();
                return;
            }
        } while (!endActions.compareAndSet(known, with(known, action)));
    }

    private static List<Runnable> with(List<Runnable> known, Runnable action) {
        List<Runnable> all = new ArrayList<>(known);
        all.add(action);
        return all;
    }

    /** The connection has closed. Called by its Processor. */
    public void closed() {
        List<Runnable> actions = endActions.getAndSet(null);
        if (actions != null) actions.forEach(Runnable::run);
    }

    @Override
    public String toString() {
        return id;
    }
}
