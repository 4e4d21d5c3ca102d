package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.ClientQuotaRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.DelegationTokenRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.FenceBrokerRecord;
import org.apache.kafka.common.metadata.NoOpRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.RemoveAccessControlEntryRecord;
import org.apache.kafka.common.metadata.RemoveDelegationTokenRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.RemoveUserScramCredentialRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.metadata.UnfenceBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.metadata.UserScramCredentialRecord;
import org.apache.kafka.common.metadata.ZkMigrationStateRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.junit.jupiter.api.Test;

final class MetadataDeltaTest {

    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Uuid OTHER = new Uuid(2, 2);

    private static MetadataImage replay(MetadataImage image, ApiMessage... records) {
        var delta = new MetadataDelta(image);
        for (ApiMessage record : records) delta.replay(record);
        return delta.apply(image.offset() + records.length, 1, 0);
    }

    private static void assertDoesNotFit(ApiMessage record) {
        assertThrows(IllegalStateException.class, () -> replay(MetadataImage.EMPTY, record));
    }

    private static TopicRecord topic(String name, Uuid id) {
        return new TopicRecord().setName(name).setTopicId(id);
    }

    private static PartitionRecord partition(int id) {
        return new PartitionRecord()
                .setTopicId(TOPIC)
                .setPartitionId(id)
                .setReplicas(List.of(1, 2))
                .setIsr(List.of(1, 2))
                .setLeader(1)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0)
                .setDirectories(List.of(new Uuid(9, 1), new Uuid(9, 2)));
    }

    private static RegisterBrokerRecord broker(int id, long epoch) {
        return new RegisterBrokerRecord()
                .setBrokerId(id)
                .setBrokerEpoch(epoch)
                .setIncarnationId(new Uuid(id, epoch))
                .setRack("rack")
                .setFenced(true)
                .setLogDirs(List.of(new Uuid(9, id)));
    }

    private static AccessControlEntryRecord acl(Uuid id) {
        return new AccessControlEntryRecord()
                .setId(id)
                .setResourceType((byte) 2)
                .setResourceName("orders")
                .setPatternType((byte) 3)
                .setPrincipal("User:alice")
                .setHost("*")
                .setOperation((byte) 3)
                .setPermissionType((byte) 3);
    }

    private static UserScramCredentialRecord scram(String user) {
        return new UserScramCredentialRecord()
                .setName(user)
                .setMechanism(ScramMechanism.SCRAM_SHA_512.type())
                .setSalt(new byte[] {1})
                .setStoredKey(new byte[] {2})
                .setServerKey(new byte[] {3})
                .setIterations(4096);
    }

    private static DelegationTokenRecord token(String id) {
        return new DelegationTokenRecord()
                .setTokenId(id)
                .setOwner("User:alice")
                .setRequester("User:bob")
                .setRenewers(List.of("User:carol"))
                .setIssueTimestamp(1)
                .setMaxTimestamp(3)
                .setExpirationTimestamp(2);
    }

    private static ClientQuotaRecord quota(String user, String key, double value, boolean remove) {
        return new ClientQuotaRecord()
                .setEntity(List.of(
                        new ClientQuotaRecord.EntityData().setEntityType("user").setEntityName(user)))
                .setKey(key)
                .setValue(value)
                .setRemove(remove);
    }

    private static ConfigRecord config(String topic, String name, String value) {
        return new ConfigRecord()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(topic)
                .setName(name)
                .setValue(value);
    }

    private static FeatureLevelRecord feature(String name, int level) {
        return new FeatureLevelRecord().setName(name).setFeatureLevel((short) level);
    }

    private static RegisterControllerRecord controller() {
        var record = new RegisterControllerRecord().setControllerId(3).setIncarnationId(new Uuid(3, 3));
        record.endPoints()
                .add(new RegisterControllerRecord.ControllerEndpoint()
                        .setName("CONTROLLER")
                        .setHost("c")
                        .setPort(9093)
                        .setSecurityProtocol((short) 0));
        record.features()
                .add(new RegisterControllerRecord.ControllerFeature()
                        .setName(MetadataVersion.FEATURE_NAME)
                        .setMinSupportedVersion((short) 7)
                        .setMaxSupportedVersion((short) 30));
        return record;
    }

    /** Something of everything. */
    private static MetadataImage full() {
        var brokerRecord = broker(1, 10);
        brokerRecord
                .endPoints()
                .add(new RegisterBrokerRecord.BrokerEndpoint()
                        .setName("PLAINTEXT")
                        .setHost("b")
                        .setPort(9092)
                        .setSecurityProtocol((short) 0));
        brokerRecord
                .features()
                .add(new RegisterBrokerRecord.BrokerFeature()
                        .setName(MetadataVersion.FEATURE_NAME)
                        .setMinSupportedVersion((short) 7)
                        .setMaxSupportedVersion((short) 30));
        return replay(
                MetadataImage.EMPTY,
                feature(MetadataVersion.FEATURE_NAME, 30),
                feature(Features.TRANSACTION, 2),
                brokerRecord.setCordonedLogDirs(List.of(new Uuid(9, 1))),
                broker(2, 11),
                controller(),
                topic("a", TOPIC),
                partition(0),
                partition(1)
                        .setEligibleLeaderReplicas(List.of(2))
                        .setLastKnownElr(List.of(1))
                        .setAddingReplicas(List.of(1))
                        .setRemovingReplicas(List.of(2))
                        .setLeaderRecoveryState((byte) 1)
                        .setLeaderEpoch(4)
                        .setPartitionEpoch(7),
                topic("b", OTHER),
                config("a", "retention.ms", "1"),
                quota("alice", "producer_byte_rate", 5, false),
                new ProducerIdsRecord().setNextProducerId(3000),
                acl(new Uuid(7, 7)),
                scram("alice"),
                token("t"));
    }

    @Test
    void a_snapshot_of_everything_is_everything() {
        MetadataImage image = full();
        var storage = new MemoryStorage();
        var files = new SnapshotFiles(storage);
        files.write(image, QuorumVoters.STATIC, 0);
        MetadataImage read = files.load(files.list().first()).orElseThrow().image();
        assertEquals(image.topics(), read.topics());
        assertEquals(image.cluster(), read.cluster());
        assertEquals(image.features(), read.features());
        assertEquals(image.configs(), read.configs());
        assertEquals(image.clientQuotas(), read.clientQuotas());
        assertEquals(image.producerIds(), read.producerIds());
        assertEquals(image.acls(), read.acls());
        assertEquals(image.delegationTokens(), read.delegationTokens());
        assertEquals(
                image.scram()
                        .credentials()
                        .get(ScramMechanism.SCRAM_SHA_512)
                        .get("alice")
                        .iterations(),
                read.scram()
                        .credentials()
                        .get(ScramMechanism.SCRAM_SHA_512)
                        .get("alice")
                        .iterations());
        assertEquals(image.offset(), read.offset());
    }

    @Test
    void everything_told_as_a_change_from_nothing_is_everything() {
        MetadataImage image = full();
        MetadataDelta delta = MetadataDelta.ofEverything(image);
        assertSame(MetadataImage.EMPTY, delta.image());
        assertEquals(2, delta.changedTopics().size());
        assertEquals(Set.of(1, 2), delta.changedBrokers());
        assertEquals(image.topics(), delta.apply(0, 0, 0).topics());
        assertEquals(image.configs(), delta.apply(0, 0, 0).configs());
    }

    @Test
    void older_metadata_versions_write_what_they_know() {
        MetadataImage old = replay(full(), feature(MetadataVersion.FEATURE_NAME, MetadataVersion.MINIMUM));
        List<VersionedRecord> records = ImageRecords.of(old).toList();
        for (VersionedRecord record : records) {
            MetadataRecordSerde.encode(record);
            assertFalse(record.record() instanceof RegisterControllerRecord);
            assertFalse(record.record() instanceof UserScramCredentialRecord);
            assertFalse(record.record() instanceof DelegationTokenRecord);
            if (record.record() instanceof RegisterBrokerRecord) assertEquals(1, record.version());
            if (record.record() instanceof PartitionRecord) assertEquals(0, record.version());
        }
        assertEquals(4, MetadataVersion.registerBrokerRecordVersion((short) 30));
        assertEquals(3, MetadataVersion.registerBrokerRecordVersion((short) 29));
        assertEquals(2, MetadataVersion.registerBrokerRecordVersion((short) 8));
        assertEquals(1, MetadataVersion.partitionRecordVersion((short) 17));
        assertEquals(2, MetadataVersion.partitionRecordVersion((short) 23));
    }

    @Test
    void an_image_never_changes() {
        MetadataImage before = replay(MetadataImage.EMPTY, topic("a", TOPIC), partition(0));
        MetadataImage after = replay(before, partition(1), topic("b", OTHER));
        assertEquals(1, before.topics().size());
        assertEquals(1, before.topics().topic("a").partitions().size());
        assertEquals(2, after.topics().size());
        assertEquals(2, after.topics().partitionCount());
        assertThrows(
                UnsupportedOperationException.class,
                () -> after.topics().topic("a").partitions().clear());
        assertThrows(
                UnsupportedOperationException.class, () -> after.topics().all().clear());
    }

    @Test
    void parts_that_did_not_change_are_shared() {
        MetadataImage before = full();
        MetadataImage after = replay(before, topic("c", new Uuid(3, 3)));
        assertSame(before.cluster(), after.cluster());
        assertSame(before.features(), after.features());
        assertSame(before.configs(), after.configs());
        assertSame(before.acls(), after.acls());
        assertSame(before.topics().topic("a"), after.topics().topic("a"));
    }

    @Test
    void a_partition_change_keeps_what_it_does_not_name() {
        MetadataImage before = replay(MetadataImage.EMPTY, topic("a", TOPIC), partition(0));
        var change = new PartitionChangeRecord().setTopicId(TOPIC).setPartitionId(0);
        PartitionImage shrunk =
                replay(before, change.duplicate().setIsr(List.of(1))).topics().partition("a", 0);
        assertEquals(List.of(1), shrunk.isr());
        assertEquals(0, shrunk.leaderEpoch());
        assertEquals(1, shrunk.partitionEpoch());
        assertEquals(List.of(1, 2), shrunk.replicas());
        PartitionImage elected = replay(
                        before,
                        change.duplicate().setLeader(2),
                        change.duplicate().setLeader(-1))
                .topics()
                .partition("a", 0);
        assertEquals(-1, elected.leader());
        assertFalse(elected.hasLeader());
        assertEquals(2, elected.leaderEpoch());
        assertEquals(2, elected.partitionEpoch());
    }

    @Test
    void a_partition_without_directories_has_them_still_to_come() {
        MetadataImage image =
                replay(MetadataImage.EMPTY, topic("a", TOPIC), partition(0).setDirectories(null));
        assertEquals(
                List.of(Uuid.ZERO_UUID, Uuid.ZERO_UUID),
                image.topics().partition("a", 0).directories());
        assertThrows(
                IllegalStateException.class,
                () -> replay(
                        MetadataImage.EMPTY, topic("a", TOPIC), partition(0).setDirectories(List.of(new Uuid(9, 9)))));
    }

    @Test
    void a_topic_deleted_and_created_anew_in_one_change_is_both() {
        MetadataImage before =
                replay(MetadataImage.EMPTY, topic("a", TOPIC), partition(0), config("a", "retention.ms", "1"));
        var delta = new MetadataDelta(before);
        delta.replay(new RemoveTopicRecord().setTopicId(TOPIC));
        delta.replay(topic("a", OTHER));
        MetadataImage after = delta.apply(9, 1, 0);
        assertEquals(OTHER, after.topics().topic("a").id());
        assertNull(after.topics().topic(TOPIC));
        assertEquals(0, after.topics().partitionCount());
        assertEquals(Map.of(), after.configs().ofTopic("a"));
        assertEquals(
                List.of(TOPIC),
                delta.deletedTopics().stream().map(TopicImage::id).toList());
        assertEquals(
                List.of(OTHER),
                delta.changedTopics().stream().map(TopicDelta::id).toList());
        assertEquals(Set.of(new ConfigResource(ConfigResource.Type.TOPIC, "a")), delta.changedConfigs());
    }

    @Test
    void a_topic_created_and_deleted_in_one_change_leaves_no_trace() {
        var delta = new MetadataDelta(MetadataImage.EMPTY);
        delta.replay(topic("a", TOPIC));
        delta.replay(partition(0));
        delta.replay(config("a", "retention.ms", "1"));
        delta.replay(new RemoveTopicRecord().setTopicId(TOPIC));
        assertEquals(0, delta.apply(9, 1, 0).topics().size());
        assertEquals(Map.of(), delta.apply(9, 1, 0).configs().ofTopic("a"));
        assertTrue(delta.deletedTopics().isEmpty());
        assertTrue(delta.changedTopics().isEmpty());
    }

    @Test
    void a_change_says_what_each_partition_was_before() {
        MetadataImage before = replay(MetadataImage.EMPTY, topic("a", TOPIC), partition(0), partition(1));
        var delta = new MetadataDelta(before);
        delta.replay(
                new PartitionChangeRecord().setTopicId(TOPIC).setPartitionId(1).setLeader(2));
        delta.replay(partition(2));
        TopicDelta topic = delta.changedTopics().iterator().next();
        assertEquals(
                List.of(1, 2),
                topic.changedPartitions().stream().map(PartitionImage::id).toList());
        assertEquals(1, topic.before(1).leader());
        assertNull(topic.before(2));
        assertEquals("a", topic.before().name());
    }

    @Test
    void eligible_leaders_are_cleared_by_topic_or_everywhere() {
        ApiMessage[] setup = {
            topic("a", TOPIC), partition(0).setEligibleLeaderReplicas(List.of(2)), partition(1), topic("b", OTHER)
        };
        MetadataImage image = replay(MetadataImage.EMPTY, setup);
        for (String name : List.of("a", "")) {
            var delta = new MetadataDelta(image);
            delta.replay(new ClearElrRecord().setTopicName(name));
            PartitionImage cleared = delta.apply(9, 1, 0).topics().partition("a", 0);
            assertEquals(List.of(), cleared.elr());
            assertEquals(1, cleared.partitionEpoch());
            assertEquals(1, delta.changedTopics().size());
        }
        assertDoesNotFit(new ClearElrRecord().setTopicName("nope"));
    }

    @Test
    void brokers_come_change_and_go() {
        MetadataImage image = replay(MetadataImage.EMPTY, broker(1, 10), broker(2, 11));
        assertTrue(image.cluster().broker(1).fenced());
        image = replay(image, new UnfenceBrokerRecord().setId(1).setEpoch(10));
        assertFalse(image.cluster().broker(1).fenced());
        image = replay(image, new FenceBrokerRecord().setId(1).setEpoch(10));
        assertTrue(image.cluster().broker(1).fenced());
        image = replay(
                image,
                new BrokerRegistrationChangeRecord()
                        .setBrokerId(1)
                        .setBrokerEpoch(10)
                        .setFenced((byte) -1)
                        .setInControlledShutdown((byte) 1)
                        .setLogDirs(List.of(new Uuid(5, 5)))
                        .setCordonedLogDirs(List.of()));
        BrokerImage changed = image.cluster().broker(1);
        assertFalse(changed.fenced());
        assertTrue(changed.inControlledShutdown());
        assertEquals(List.of(new Uuid(5, 5)), changed.directories());
        assertEquals(List.of(), changed.cordonedDirectories());
        assertEquals("rack", changed.rack());
        image = replay(image, new UnregisterBrokerRecord().setBrokerId(1).setBrokerEpoch(10));
        assertEquals(Set.of(2), image.cluster().brokers().keySet());
    }

    @Test
    void users_credentials_and_limits_come_and_go() {
        MetadataImage image = full();
        var alice = new ClientQuotaEntity(Map.of("user", "alice"));
        image = replay(image, quota("alice", "consumer_byte_rate", 6, false));
        assertEquals(
                Map.of("producer_byte_rate", 5.0, "consumer_byte_rate", 6.0),
                image.clientQuotas().entities().get(alice));
        image = replay(
                image,
                quota("alice", "consumer_byte_rate", 0, true),
                quota("alice", "producer_byte_rate", 0, true),
                new RemoveAccessControlEntryRecord().setId(new Uuid(7, 7)),
                new RemoveUserScramCredentialRecord()
                        .setName("alice")
                        .setMechanism(ScramMechanism.SCRAM_SHA_512.type()),
                new RemoveDelegationTokenRecord().setTokenId("t"));
        assertEquals(Map.of(), image.clientQuotas().entities());
        assertEquals(Map.of(), image.acls().acls());
        assertEquals(Map.of(), image.scram().credentials());
        assertEquals(Map.of(), image.delegationTokens().tokens());
    }

    @Test
    void a_feature_at_level_zero_is_off_and_the_quorums_own_is_no_metadata() {
        MetadataImage image = replay(
                MetadataImage.EMPTY,
                feature(Features.GROUP, 1),
                feature(Features.SHARE, 1),
                feature(Features.GROUP, 0),
                feature(Features.KRAFT, 1));
        assertEquals(Map.of(Features.SHARE, (short) 1), image.features().levels());
        assertEquals(0, image.features().level(Features.GROUP));
    }

    @Test
    void records_that_say_nothing_change_nothing() {
        MetadataImage image = replay(full(), new NoOpRecord(), new ZkMigrationStateRecord());
        assertEquals(full().topics(), image.topics());
    }

    @Test
    void what_does_not_fit_is_not_replayed() {
        assertDoesNotFit(partition(0));
        assertDoesNotFit(new PartitionChangeRecord().setTopicId(TOPIC));
        assertDoesNotFit(new RemoveTopicRecord().setTopicId(TOPIC));
        assertDoesNotFit(new FenceBrokerRecord().setId(1).setEpoch(1));
        assertDoesNotFit(new UnregisterBrokerRecord().setBrokerId(1).setBrokerEpoch(1));
        assertDoesNotFit(new RemoveAccessControlEntryRecord().setId(TOPIC));
        assertDoesNotFit(new BeginTransactionRecord());
        MetadataImage image = replay(MetadataImage.EMPTY, broker(1, 10), topic("a", TOPIC));
        assertThrows(
                IllegalStateException.class,
                () -> replay(image, new UnfenceBrokerRecord().setId(1).setEpoch(11)));
        assertThrows(
                IllegalStateException.class,
                () -> replay(
                        image, new PartitionChangeRecord().setTopicId(TOPIC).setPartitionId(3)));
        assertThrows(
                IllegalStateException.class,
                () -> replay(
                        image, new RemoveTopicRecord().setTopicId(TOPIC), new RemoveTopicRecord().setTopicId(TOPIC)));
    }

    @Test
    void secrets_are_not_in_the_text_of_an_image() {
        String text = full().toString();
        assertFalse(text.contains("salt"));
        assertFalse(text.contains("User:bob"));
    }

    @Test
    void one_more_partition_among_ten_thousand_costs_little() {
        List<ApiMessage> records = new ArrayList<>();
        records.add(topic("a", TOPIC));
        for (int i = 0; i < 10_000; i++) records.add(partition(i));
        MetadataImage image = replay(MetadataImage.EMPTY, records.toArray(ApiMessage[]::new));
        assertEquals(10_000, image.topics().partitionCount());
        var change = new PartitionChangeRecord()
                .setTopicId(TOPIC)
                .setPartitionId(5000)
                .setLeader(2);
        MetadataImage before = image;
        for (int i = 0; i < 10_000; i++) image = replay(image, change);
        assertEquals(10_000, image.topics().partition("a", 5000).leaderEpoch());
        // The untouched partitions are the very same objects.
        assertSame(before.topics().partition("a", 7), image.topics().partition("a", 7));
    }
}
