package dev.heddle.app;

import dev.heddle.common.AnswerException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.log.LogDirectory;
import dev.heddle.metadata.Features;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Feature;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Listener;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This broker's life at the controller: it registers, is unfenced, and says when it goes. The thread that starts and stops
 * the broker calls it, unless a method says otherwise.
 */
final class BrokerLifecycle implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycle.class);

    private final BrokerConfig config;
    private final BrokerParts parts;

    /** Tells this start from others. */
    private final Uuid incarnationId = Uuid.randomUuid();

    /** Publishes the epoch that the controller gave to this start; -1 before. */
    private volatile long brokerEpoch = -1;

    BrokerLifecycle(BrokerConfig config, BrokerParts parts) {
        this.config = config;
        this.parts = parts;
    }

    /** Registers and is unfenced: from then on it leads its partitions and clients see it. */
    void start() {
        brokerEpoch = parts.controller.registerBroker(registration()).brokerEpoch();
        parts.logs.brokerEpoch(brokerEpoch);
        heartbeat();
    }

    /**
     * Registers once more, with all that the metadata have come to know of brokers since. It stays what it is, and keeps its
     * epoch. Any thread may call it.
     */
    void registerAgain() {
        parts.controller.registerBroker(registration());
    }

    /** Takes its leave, if there is room to write that down: the next start does without. */
    @Override
    public void close() {
        if (brokerEpoch < 0) return;
        try {
            heartbeat(true);
        } catch (AnswerException e) {
            if (e.error() != Errors.KAFKA_STORAGE_ERROR) throw e;
            LOG.warn("The broker leaves without a word to the controller: reason={}", e.getMessage());
        }
    }

    /** Says that it is alive, and which of its log directories are not. Any thread may call it. */
    void heartbeat() {
        heartbeat(false);
    }

    private void heartbeat(boolean leaving) {
        parts.controller.brokerHeartbeat(new BrokerHeartbeatRequestData()
                .setBrokerId(config.nodeId())
                .setBrokerEpoch(brokerEpoch)
                .setCurrentMetadataOffset(parts.metadata.image().offset())
                .setWantFence(leaving)
                .setWantShutDown(leaving)
                .setOfflineLogDirs(parts.directories.all().stream()
                        .filter(directory -> !directory.online())
                        .map(LogDirectory::id)
                        .toList()));
    }

    /** Says where replicas are. Any thread may call it. */
    void assign(AssignReplicasToDirsRequestData places) {
        parts.controller.assignReplicasToDirs(
                places.setBrokerId(config.nodeId()).setBrokerEpoch(brokerEpoch));
    }

    private BrokerRegistrationRequestData registration() {
        var request = new BrokerRegistrationRequestData()
                .setBrokerId(config.nodeId())
                .setClusterId(parts.directories.clusterId())
                .setIncarnationId(incarnationId)
                .setPreviousBrokerEpoch(parts.logs.previousBrokerEpoch())
                .setRack(config.rack())
                .setLogDirs(parts.directories.all().stream()
                        .filter(LogDirectory::online)
                        .map(LogDirectory::id)
                        .toList());
        for (Endpoint endpoint : endpoints()) {
            request.listeners()
                    .add(new Listener()
                            .setName(endpoint.listener())
                            .setHost(endpoint.host())
                            .setPort(endpoint.port())
                            .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        Features.SUPPORTED.forEach((name, range) -> request.features()
                .add(new Feature()
                        .setName(name)
                        .setMinSupportedVersion(range.min())
                        .setMaxSupportedVersion(range.max())));
        return request;
    }

    /** What clients and authorizers are told of, with bound ports. */
    List<Endpoint> endpoints() {
        List<Endpoint> advertised = parts.sockets.advertisedListeners();
        return (advertised.isEmpty() ? parts.sockets.listeners() : advertised)
                .stream()
                        .map(endpoint -> new Endpoint(
                                endpoint.listener(), endpoint.securityProtocol(), hostOf(endpoint), endpoint.port()))
                        .toList();
    }

    /** A listener on every interface is registered under this machine's name, as Kafka does. */
    private static String hostOf(Endpoint endpoint) {
        String host = endpoint.host();
        if (host != null && !host.isEmpty()) return host;
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new StopBrokerException(
                    "This machine's own name does not resolve (" + e.getMessage()
                            + "): set advertised.listeners, or listeners with a host",
                    e);
        }
    }
}
