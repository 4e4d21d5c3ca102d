package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * The life of this node's broker at the controller: registered and fenced, unfenced and leading, fenced again when it
 * stops. Called under the controller's lock.
 */
final class BrokerControl {

    private final int brokerId;
    private final LeaderElection election;

    /** Whether the broker that registered may have lost the end of its logs: then its partitions begin new epochs. */
    private boolean uncleanStart = true;

    BrokerControl(int brokerId, LeaderElection election) {
        this.brokerId = brokerId;
        this.election = election;
    }

    /**
     * Registers the broker, fenced.
     *
     * @param nextOffset where the registration will stand in the log: it becomes the broker's epoch
     */
    ControllerResult<BrokerRegistrationResponseData> register(
            MetadataImage image, BrokerRegistrationRequestData request, String clusterId, long nextOffset) {
        check(image, request, clusterId);
        BrokerImage existing = image.cluster().broker(request.brokerId());
        short level = image.features().metadataVersion();
        RegisterBrokerRecord record = record(request, level);
        if (existing != null && existing.incarnationId().equals(request.incarnationId())) {
            record.setBrokerEpoch(existing.epoch())
                    .setFenced(existing.fenced())
                    .setInControlledShutdown(existing.inControlledShutdown());
        } else {
            uncleanStart = existing == null || existing.epoch() != request.previousBrokerEpoch();
            record.setBrokerEpoch(nextOffset).setFenced(true);
        }
        return new ControllerResult<>(
                List.of(new VersionedRecord(record, MetadataVersion.registerBrokerRecordVersion(level))),
                new BrokerRegistrationResponseData().setBrokerEpoch(record.brokerEpoch()));
    }

    private void check(MetadataImage image, BrokerRegistrationRequestData request, String clusterId) {
        if (!clusterId.equals(request.clusterId())) {
            refuse(
                    Errors.INCONSISTENT_CLUSTER_ID,
                    "Expected cluster ID " + clusterId + ", but got cluster ID " + request.clusterId());
        }
        if (request.brokerId() != brokerId) {
            refuse(
                    Errors.DUPLICATE_BROKER_REGISTRATION,
                    "Node " + brokerId + " stands alone: broker " + request.brokerId() + " cannot join it.");
        }
        if (MetadataVersion.hasDirectoryAssignment(image.features().metadataVersion())) {
            checkDirectories(request.logDirs());
        }
        checkFeatures(image.features(), request);
    }

    private static void checkDirectories(List<Uuid> directories) {
        if (directories.isEmpty()) refuse(Errors.INVALID_REGISTRATION, "No directories specified in request");
        if (directories.stream().anyMatch(Partitions::isReservedDirectory)) {
            refuse(Errors.INVALID_REGISTRATION, "Reserved directory ID in request");
        }
        if (new HashSet<>(directories).size() != directories.size()) {
            refuse(Errors.INVALID_REGISTRATION, "Duplicate directory ID in request");
        }
    }

    private static void checkFeatures(FeaturesImage features, BrokerRegistrationRequestData request) {
        if (request.features().find(MetadataVersion.FEATURE_NAME) == null) {
            refuse(
                    Errors.INVALID_REGISTRATION,
                    "Request features do not contain '" + MetadataVersion.FEATURE_NAME + "'");
        }
        Map<String, Short> levels = new TreeMap<>(features.levels());
        levels.put(MetadataVersion.FEATURE_NAME, features.metadataVersion());
        levels.forEach((name, level) -> {
            var supported = request.features().find(name);
            short min = supported == null ? 0 : supported.minSupportedVersion();
            short max = supported == null ? 0 : supported.maxSupportedVersion();
            if (level < min || level > max) {
                refuse(
                        Errors.UNSUPPORTED_VERSION,
                        "Unable to register because the broker does not support finalized version " + level + " of "
                                + name + ". The broker wants a version between " + min + " and " + max
                                + ", inclusive.");
            }
        });
    }

    private static RegisterBrokerRecord record(BrokerRegistrationRequestData request, short level) {
        var record = new RegisterBrokerRecord()
                .setBrokerId(request.brokerId())
                .setIncarnationId(request.incarnationId())
                .setRack(request.rack());
        if (MetadataVersion.hasDirectoryAssignment(level)) record.setLogDirs(request.logDirs());
        for (var listener : request.listeners()) {
            if (SecurityProtocol.forId(listener.securityProtocol()) == null) {
                refuse(
                        Errors.INVALID_REGISTRATION,
                        "Unknown security protocol " + listener.securityProtocol() + " in listener " + listener.name());
            }
            record.endPoints()
                    .add(new RegisterBrokerRecord.BrokerEndpoint()
                            .setName(listener.name())
                            .setHost(listener.host())
                            .setPort(listener.port())
                            .setSecurityProtocol(listener.securityProtocol()));
        }
        for (var feature : request.features()) {
            record.features()
                    .add(new RegisterBrokerRecord.BrokerFeature()
                            .setName(feature.name())
                            .setMinSupportedVersion(feature.minSupportedVersion())
                            .setMaxSupportedVersion(feature.maxSupportedVersion()));
        }
        return record;
    }

    /** Unfences the broker, lets it shut down, and notes which of its directories are offline or cordoned. */
    ControllerResult<BrokerHeartbeatResponseData> heartbeat(MetadataImage image, BrokerHeartbeatRequestData request) {
        BrokerImage broker = current(image, request.brokerId(), request.brokerEpoch());
        List<VersionedRecord> records = new ArrayList<>(directoryChanges(image, broker, request));
        boolean fenced = broker.fenced();
        if (request.wantShutDown()) {
            if (!broker.inControlledShutdown()) records.add(shutDown(broker));
            if (!broker.fenced()) records.add(fencing(broker, ClusterDelta.FENCE));
            fenced = true;
        } else if (broker.fenced() && !request.wantFence() && !broker.inControlledShutdown()) {
            records.add(fencing(broker, ClusterDelta.UNFENCE));
            records.addAll(takeOver(image));
            fenced = false;
        } else if (!broker.fenced() && request.wantFence()) {
            records.add(fencing(broker, ClusterDelta.FENCE));
            fenced = true;
        }
        return new ControllerResult<>(
                records,
                new BrokerHeartbeatResponseData()
                        .setIsCaughtUp(true)
                        .setIsFenced(fenced)
                        .setShouldShutDown(request.wantShutDown()));
    }

    /** Nobody but this broker is alive, whatever the log of a former cluster says. */
    private List<VersionedRecord> takeOver(MetadataImage image) {
        List<VersionedRecord> records = new ArrayList<>();
        for (BrokerImage other : image.cluster().brokers().values()) {
            if (other.id() != brokerId && !other.fenced()) records.add(fencing(other, ClusterDelta.FENCE));
        }
        records.addAll(election.elect(image, uncleanStart));
        uncleanStart = false;
        return records;
    }

    private List<VersionedRecord> directoryChanges(
            MetadataImage image, BrokerImage broker, BrokerHeartbeatRequestData request) {
        List<VersionedRecord> records = new ArrayList<>();
        List<Uuid> gone = broker.directories().stream()
                .filter(request.offlineLogDirs()::contains)
                .toList();
        if (!gone.isEmpty()) {
            List<Uuid> left = broker.directories().stream()
                    .filter(directory -> !gone.contains(directory))
                    .toList();
            records.addAll(election.resign(image, gone));
            records.add(VersionedRecord.of(change(broker).setLogDirs(left), 2));
        }
        List<Uuid> cordoned = request.cordonedLogDirs();
        boolean known = MetadataVersion.hasCordonedLogDirs(image.features().metadataVersion());
        if (known && cordoned != null && !cordoned.equals(broker.cordonedDirectories())) {
            records.add(VersionedRecord.of(change(broker).setCordonedLogDirs(cordoned), 3));
        }
        return records;
    }

    /** @throws AnswerException {@code STALE_BROKER_EPOCH} if the broker is not registered with that epoch */
    static BrokerImage current(MetadataImage image, int brokerId, long epoch) {
        BrokerImage broker = image.cluster().broker(brokerId);
        if (broker == null) {
            throw new AnswerException(
                    Errors.STALE_BROKER_EPOCH, "No broker registration found for broker id " + brokerId);
        }
        if (broker.epoch() != epoch) {
            throw new AnswerException(
                    Errors.STALE_BROKER_EPOCH,
                    "Expected broker epoch " + epoch + ", but found broker epoch " + broker.epoch());
        }
        return broker;
    }

    private static VersionedRecord shutDown(BrokerImage broker) {
        return VersionedRecord.of(change(broker).setInControlledShutdown(ClusterDelta.IN_CONTROLLED_SHUTDOWN), 1);
    }

    private static VersionedRecord fencing(BrokerImage broker, byte fenced) {
        return VersionedRecord.of(change(broker).setFenced(fenced), 0);
    }

    private static BrokerRegistrationChangeRecord change(BrokerImage broker) {
        return new BrokerRegistrationChangeRecord().setBrokerId(broker.id()).setBrokerEpoch(broker.epoch());
    }

    private static void refuse(Errors error, String message) {
        throw new AnswerException(error, message);
    }
}
