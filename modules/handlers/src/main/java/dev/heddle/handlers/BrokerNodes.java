package dev.heddle.handlers;

import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.requestchannel.ConnectionInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.requests.MetadataResponse;
import org.jspecify.annotations.Nullable;

/**
 * Where the brokers are, seen from a client: each by its endpoint of the listener that the client came in on (KIP-103).
 * Stateless, so any thread may call it.
 */
final class BrokerNodes {

    private final BrokerIdentity self;

    BrokerNodes(BrokerIdentity self) {
        this.self = self;
    }

    /** The broker as the client reaches it; null if it is unknown or has no such listener. It may be fenced. */
    @Nullable Node registered(MetadataImage image, int id, ConnectionInfo client) {
        BrokerImage broker = image.cluster().broker(id);
        return broker == null ? null : node(broker, client);
    }

    /** The same, but null too if the broker is fenced. */
    @Nullable Node alive(MetadataImage image, int id, ConnectionInfo client) {
        BrokerImage broker = image.cluster().broker(id);
        return broker == null || broker.fenced() ? null : node(broker, client);
    }

    /** Every broker that is not fenced, as the client reaches it. */
    List<Node> alive(MetadataImage image, ConnectionInfo client) {
        return image.cluster().brokers().values().stream()
                .filter(broker -> !broker.fenced())
                .map(broker -> node(broker, client))
                .filter(Objects::nonNull)
                .toList();
    }

    /** Every broker, fenced or not, as the client reaches it. */
    List<Node> registered(MetadataImage image, ConnectionInfo client) {
        return image.cluster().brokers().values().stream()
                .map(broker -> node(broker, client))
                .filter(Objects::nonNull)
                .toList();
    }

    /** Whom to call the controller: with KRaft any broker that is alive, because it forwards. */
    static int controllerId(MetadataImage image) {
        List<Integer> alive = image.cluster().brokers().values().stream()
                .filter(broker -> !broker.fenced())
                .map(BrokerImage::id)
                .toList();
        if (alive.isEmpty()) return MetadataResponse.NO_CONTROLLER_ID;
        return alive.get(ThreadLocalRandom.current().nextInt(alive.size()));
    }

    private @Nullable Node node(BrokerImage broker, ConnectionInfo client) {
        Endpoint endpoint = broker.endpoints().get(client.listenerName());
        if (endpoint == null) return null;
        if (broker.id() == self.id() && self.answersWithDialledAddress()) {
            InetSocketAddress dialled = client.localAddress();
            return new Node(broker.id(), hostOf(dialled), dialled.getPort(), broker.rack(), broker.fenced());
        }
        return new Node(broker.id(), endpoint.host(), endpoint.port(), broker.rack(), broker.fenced());
    }

    /** The address in figures: what the client dialled by name need not have a name here. */
    private static String hostOf(InetSocketAddress dialled) {
        InetAddress address = dialled.getAddress();
        if (address == null) return dialled.getHostString();
        String host = address.getHostAddress();
        int scope = host.indexOf('%'); // an IPv6 scope means something on this machine alone
        return scope < 0 ? host : host.substring(0, scope);
    }
}
