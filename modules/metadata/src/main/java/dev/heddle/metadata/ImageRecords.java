package dev.heddle.metadata;

import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.ClientQuotaRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.DelegationTokenRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.metadata.UserScramCredentialRecord;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.token.delegation.TokenInformation;
import org.jspecify.annotations.Nullable;

/**
 * An image as the records that make it out of nothing: the contents of a snapshot, in Kafka's order, at the image's own
 * metadata.version. Stateless: any thread may call it.
 */
final class ImageRecords {

    private ImageRecords() {}

    /** The records, made as they are asked for. */
    static Stream<VersionedRecord> of(MetadataImage image) {
        // The features come first: they decide how what follows is to be read.
        return Stream.of(
                        features(image.features()),
                        cluster(image),
                        image.topics().all().stream().flatMap(topic -> topic(topic, image.features())),
                        configs(image.configs()),
                        quotas(image.clientQuotas()),
                        producerIds(image.producerIds()),
                        image.acls().acls().entrySet().stream().map(e -> acl(e.getKey(), e.getValue())),
                        scram(image),
                        tokens(image))
                .flatMap(records -> records);
    }

    private static Stream<VersionedRecord> features(FeaturesImage features) {
        Stream<VersionedRecord> version = features.metadataVersion() == 0
                ? Stream.empty()
                : Stream.of(feature(MetadataVersion.FEATURE_NAME, features.metadataVersion()));
        return Stream.concat(
                version,
                features.levels().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(e -> feature(e.getKey(), e.getValue())));
    }

    static VersionedRecord feature(String name, short level) {
        return VersionedRecord.of(new FeatureLevelRecord().setName(name).setFeatureLevel(level), 0);
    }

    private static Stream<VersionedRecord> cluster(MetadataImage image) {
        short level = image.features().metadataVersion();
        Stream<VersionedRecord> brokers = image.cluster().brokers().values().stream()
                .map(b -> VersionedRecord.of(broker(b, level), MetadataVersion.registerBrokerRecordVersion(level)));
        if (!MetadataVersion.hasControllerRegistration(level)) return brokers;
        return Stream.concat(
                brokers,
                image.cluster().controllers().values().stream().map(c -> VersionedRecord.of(controller(c), 0)));
    }

    static RegisterBrokerRecord broker(BrokerImage broker, short level) {
        var record = new RegisterBrokerRecord()
                .setBrokerId(broker.id())
                .setBrokerEpoch(broker.epoch())
                .setIncarnationId(broker.incarnationId())
                .setRack(broker.rack())
                .setFenced(broker.fenced())
                .setInControlledShutdown(broker.inControlledShutdown());
        if (MetadataVersion.hasDirectoryAssignment(level)) record.setLogDirs(broker.directories());
        if (MetadataVersion.hasCordonedLogDirs(level)) record.setCordonedLogDirs(broker.cordonedDirectories());
        for (Endpoint endpoint : broker.endpoints().values()) {
            record.endPoints()
                    .add(new RegisterBrokerRecord.BrokerEndpoint()
                            .setName(endpoint.listener())
                            .setHost(endpoint.host())
                            .setPort(endpoint.port())
                            .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        broker.features()
                .forEach((name, range) -> record.features()
                        .add(new RegisterBrokerRecord.BrokerFeature()
                                .setName(name)
                                .setMinSupportedVersion(range.min())
                                .setMaxSupportedVersion(range.max())));
        return record;
    }

    private static RegisterControllerRecord controller(ControllerImage controller) {
        var record = new RegisterControllerRecord()
                .setControllerId(controller.id())
                .setIncarnationId(controller.incarnationId())
                .setZkMigrationReady(controller.zkMigrationReady());
        for (Endpoint endpoint : controller.endpoints().values()) {
            record.endPoints()
                    .add(new RegisterControllerRecord.ControllerEndpoint()
                            .setName(endpoint.listener())
                            .setHost(endpoint.host())
                            .setPort(endpoint.port())
                            .setSecurityProtocol(endpoint.securityProtocol().id));
        }
        controller
                .features()
                .forEach((name, range) -> record.features()
                        .add(new RegisterControllerRecord.ControllerFeature()
                                .setName(name)
                                .setMinSupportedVersion(range.min())
                                .setMaxSupportedVersion(range.max())));
        return record;
    }

    private static Stream<VersionedRecord> topic(TopicImage topic, FeaturesImage features) {
        short version = MetadataVersion.partitionRecordVersion(features.metadataVersion());
        return Stream.concat(
                Stream.of(VersionedRecord.of(
                        new TopicRecord().setName(topic.name()).setTopicId(topic.id()), 0)),
                topic.partitions().values().stream()
                        .map(p -> new VersionedRecord(Partitions.record(p, topic.id(), features), version)));
    }

    private static Stream<VersionedRecord> configs(ConfigsImage configs) {
        return configs.resources().stream()
                .flatMap(resource ->
                        configs.of(resource).entrySet().stream().map(e -> config(resource, e.getKey(), e.getValue())));
    }

    /** @param value null takes the configuration away */
    static VersionedRecord config(ConfigResource resource, String name, @Nullable String value) {
        return VersionedRecord.of(
                new ConfigRecord()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setName(name)
                        .setValue(value),
                0);
    }

    private static Stream<VersionedRecord> quotas(ClientQuotasImage quotas) {
        return quotas.entities().entrySet().stream()
                .flatMap(entity -> entity.getValue().entrySet().stream()
                        .map(quota -> quota(entity.getKey(), quota.getKey(), quota.getValue())));
    }

    private static VersionedRecord quota(ClientQuotaEntity entity, String key, double value) {
        var record = new ClientQuotaRecord().setKey(key).setValue(value).setRemove(false);
        entity.entries()
                .forEach((type, name) -> record.entity()
                        .add(new ClientQuotaRecord.EntityData()
                                .setEntityType(type)
                                .setEntityName(name)));
        return VersionedRecord.of(record, 0);
    }

    private static Stream<VersionedRecord> producerIds(ProducerIdsImage ids) {
        if (ids.nextProducerId() < 0) return Stream.empty();
        return Stream.of(VersionedRecord.of(
                new ProducerIdsRecord().setBrokerId(-1).setBrokerEpoch(-1).setNextProducerId(ids.nextProducerId()), 0));
    }

    private static VersionedRecord acl(Uuid id, AclBinding acl) {
        return VersionedRecord.of(
                new AccessControlEntryRecord()
                        .setId(id)
                        .setResourceType(acl.pattern().resourceType().code())
                        .setResourceName(acl.pattern().name())
                        .setPatternType(acl.pattern().patternType().code())
                        .setPrincipal(acl.entry().principal())
                        .setHost(acl.entry().host())
                        .setOperation(acl.entry().operation().code())
                        .setPermissionType(acl.entry().permissionType().code()),
                0);
    }

    private static Stream<VersionedRecord> scram(MetadataImage image) {
        if (!MetadataVersion.hasScram(image.features().metadataVersion())) return Stream.empty();
        return image.scram().credentials().entrySet().stream()
                .flatMap(mechanism -> mechanism.getValue().entrySet().stream()
                        .map(user -> credential(mechanism.getKey(), user.getKey(), user.getValue())));
    }

    private static VersionedRecord credential(ScramMechanism mechanism, String user, ScramCredential credential) {
        return VersionedRecord.of(
                new UserScramCredentialRecord()
                        .setName(user)
                        .setMechanism(mechanism.type())
                        .setSalt(credential.salt())
                        .setStoredKey(credential.storedKey())
                        .setServerKey(credential.serverKey())
                        .setIterations(credential.iterations()),
                0);
    }

    private static Stream<VersionedRecord> tokens(MetadataImage image) {
        if (!MetadataVersion.hasDelegationTokens(image.features().metadataVersion())) return Stream.empty();
        return image.delegationTokens().tokens().values().stream().map(ImageRecords::token);
    }

    private static VersionedRecord token(TokenInformation token) {
        return VersionedRecord.of(
                new DelegationTokenRecord()
                        .setOwner(token.ownerAsString())
                        .setRequester(token.tokenRequesterAsString())
                        .setRenewers(token.renewersAsString().stream().toList())
                        .setIssueTimestamp(token.issueTimestamp())
                        .setMaxTimestamp(token.maxTimestamp())
                        .setExpirationTimestamp(token.expiryTimestamp())
                        .setTokenId(token.tokenId()),
                0);
    }
}
