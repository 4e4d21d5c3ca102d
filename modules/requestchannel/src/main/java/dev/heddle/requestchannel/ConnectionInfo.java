package dev.heddle.requestchannel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** What is known of a connection. Any thread may call it. */
public final class ConnectionInfo {

    private final String id;
    private final ListenerInfo listener;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;
    private final KafkaPrincipal principal;

    /** Publishes what an ApiVersions request said to the requests after it. */
    private volatile ClientInformation clientInformation = ClientInformation.EMPTY;

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
        this.id = id;
        this.listener = listener;
        this.remoteAddress = remoteAddress;
        this.localAddress = localAddress;
        this.principal = principal;
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

    public KafkaPrincipal principal() {
        return principal;
    }

    /** Name and version of the client's library (KIP-511); {@link ClientInformation#EMPTY} until it has said so. */
    public ClientInformation clientInformation() {
        return clientInformation;
    }

    /** Keeps what an ApiVersions request said of the client's library. */
    public void clientInformation(ClientInformation information) {
        clientInformation = information;
    }

    @Override
    public String toString() {
        return id;
    }
}
