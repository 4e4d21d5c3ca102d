package dev.heddle.metadata;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.FenceBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.UnfenceBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Changes of the registered brokers and controllers. One thread builds it. */
final class ClusterDelta {

    /** Values of BrokerRegistrationChangeRecord's two switches. */
    static final byte UNFENCE = -1;

    static final byte NO_CHANGE = 0;
    static final byte FENCE = 1;
    static final byte IN_CONTROLLED_SHUTDOWN = 1;

    private final ClusterImage image;
    private final Map<Integer, BrokerImage> brokers;
    private final Map<Integer, ControllerImage> controllers;
    private final Set<Integer> changedBrokers = new LinkedHashSet<>();
    private boolean changedControllers;

    ClusterDelta(ClusterImage image) {
        this.image = image;
        brokers = new TreeMap<>(image.brokers());
        controllers = new TreeMap<>(image.controllers());
    }

    Set<Integer> changedBrokers() {
        return changedBrokers;
    }

    void replay(RegisterBrokerRecord record) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        record.endPoints()
                .forEach(e -> endpoints.put(e.name(), endpoint(e.name(), e.securityProtocol(), e.host(), e.port())));
        Map<String, FeatureRange> features = new TreeMap<>();
        record.features()
                .forEach(f ->
                        features.put(f.name(), new FeatureRange(f.minSupportedVersion(), f.maxSupportedVersion())));
        put(new BrokerImage(
                record.brokerId(),
                record.brokerEpoch(),
                record.incarnationId(),
                Collections.unmodifiableMap(endpoints),
                Collections.unmodifiableMap(features),
                record.rack(),
                record.fenced(),
                record.inControlledShutdown(),
                List.copyOf(record.logDirs()),
                record.cordonedLogDirs() == null ? null : List.copyOf(record.cordonedLogDirs())));
    }

    private static Endpoint endpoint(String name, short protocol, String host, int port) {
        SecurityProtocol known = SecurityProtocol.forId(protocol);
        if (known == null) throw new IllegalStateException("Unknown security protocol " + protocol + " of " + name);
        return new Endpoint(name, known, host, port);
    }

    void replay(UnregisterBrokerRecord record) {
        registered(record.brokerId(), record.brokerEpoch());
        brokers.remove(record.brokerId());
        changedBrokers.add(record.brokerId());
    }

    void replay(FenceBrokerRecord record) {
        put(changed(registered(record.id(), record.epoch()), change(FENCE)));
    }

    void replay(UnfenceBrokerRecord record) {
        put(changed(registered(record.id(), record.epoch()), change(UNFENCE)));
    }

    void replay(BrokerRegistrationChangeRecord record) {
        put(changed(registered(record.brokerId(), record.brokerEpoch()), record));
    }

    void replay(RegisterControllerRecord record) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        record.endPoints()
                .forEach(e -> endpoints.put(e.name(), endpoint(e.name(), e.securityProtocol(), e.host(), e.port())));
        Map<String, FeatureRange> features = new TreeMap<>();
        record.features()
                .forEach(f ->
                        features.put(f.name(), new FeatureRange(f.minSupportedVersion(), f.maxSupportedVersion())));
        controllers.put(
                record.controllerId(),
                new ControllerImage(
                        record.controllerId(),
                        record.incarnationId(),
                        record.zkMigrationReady(),
                        Collections.unmodifiableMap(endpoints),
                        Collections.unmodifiableMap(features)));
        changedControllers = true;
    }

    private static BrokerRegistrationChangeRecord change(byte fenced) {
        return new BrokerRegistrationChangeRecord().setFenced(fenced);
    }

    private static BrokerImage changed(BrokerImage broker, BrokerRegistrationChangeRecord change) {
        return new BrokerImage(
                broker.id(),
                broker.epoch(),
                broker.incarnationId(),
                broker.endpoints(),
                broker.features(),
                broker.rack(),
                change.fenced() == NO_CHANGE ? broker.fenced() : change.fenced() == FENCE,
                broker.inControlledShutdown() || change.inControlledShutdown() == IN_CONTROLLED_SHUTDOWN,
                change.logDirs() == null || change.logDirs().isEmpty()
                        ? broker.directories()
                        : List.copyOf(change.logDirs()),
                change.cordonedLogDirs() == null
                        ? broker.cordonedDirectories()
                        : List.copyOf(change.cordonedLogDirs()));
    }

    private BrokerImage registered(int id, long epoch) {
        BrokerImage broker = brokers.get(id);
        if (broker == null) throw new IllegalStateException("Broker " + id + " is not registered");
        if (broker.epoch() != epoch) {
            throw new IllegalStateException(
                    "Broker " + id + " is registered with epoch " + broker.epoch() + ", not " + epoch);
        }
        return broker;
    }

    private void put(BrokerImage broker) {
        brokers.put(broker.id(), broker);
        changedBrokers.add(broker.id());
    }

    ClusterImage apply() {
        if (changedBrokers.isEmpty() && !changedControllers) return image;
        return new ClusterImage(
                Collections.unmodifiableMap(new TreeMap<>(brokers)),
                Collections.unmodifiableMap(new TreeMap<>(controllers)));
    }
}
