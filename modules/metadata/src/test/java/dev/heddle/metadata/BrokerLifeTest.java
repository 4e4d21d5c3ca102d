package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class BrokerLifeTest {

    @Test
    void a_broker_is_fenced_until_its_first_heartbeat() {
        var fixture = new Fixture();
        fixture.controller.start();
        long nextOffset = fixture.image().offset() + 1;
        fixture.register(-1);
        BrokerImage broker = fixture.image().cluster().broker(Fixture.NODE);
        assertTrue(broker.fenced());
        assertEquals(nextOffset, broker.epoch());
        assertEquals("localhost", broker.endpoints().get("PLAINTEXT").host());
        assertEquals(Features.SUPPORTED, broker.features());
        assertEquals(List.of(Fixture.DIRECTORY), broker.directories());
        BrokerHeartbeatResponseData response = fixture.controller.brokerHeartbeat(fixture.heartbeat());
        assertFalse(response.isFenced());
        assertTrue(response.isCaughtUp());
        assertFalse(fixture.image().cluster().broker(Fixture.NODE).fenced());
    }

    @Test
    void a_broker_can_ask_to_stay_fenced() {
        var fixture = new Fixture();
        fixture.controller.start();
        fixture.register(-1);
        assertTrue(fixture.controller
                .brokerHeartbeat(fixture.heartbeat().setWantFence(true))
                .isFenced());
        fixture.unfence();
        assertTrue(fixture.controller
                .brokerHeartbeat(fixture.heartbeat().setWantFence(true))
                .isFenced());
        assertTrue(fixture.image().cluster().broker(Fixture.NODE).fenced());
    }

    @Test
    void a_broker_that_says_it_stops_is_fenced_and_keeps_its_partitions() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        BrokerHeartbeatResponseData response =
                fixture.controller.brokerHeartbeat(fixture.heartbeat().setWantShutDown(true));
        assertTrue(response.shouldShutDown());
        BrokerImage broker = fixture.image().cluster().broker(Fixture.NODE);
        assertTrue(broker.fenced());
        assertTrue(broker.inControlledShutdown());
        assertEquals(Fixture.NODE, fixture.topic("a").partition(0).leader());
        long offset = fixture.image().offset();
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setWantShutDown(true));
        assertEquals(offset, fixture.image().offset());
    }

    @Test
    void after_a_clean_stop_leader_epochs_go_on() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setWantShutDown(true));
        fixture.controller.close();
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        next.register(fixture.brokerEpoch);
        next.unfence();
        assertEquals(0, next.topic("a").partition(0).leaderEpoch());
        assertEquals(0, next.topic("a").partition(0).partitionEpoch());
        assertFalse(next.image().cluster().broker(Fixture.NODE).inControlledShutdown());
    }

    @Test
    void after_a_crash_every_partition_begins_a_new_leader_epoch() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 3);
        fixture.controller.close();
        Fixture next = fixture.restarted(Map.of());
        next.run();
        for (PartitionImage partition : next.topic("a").partitions().values()) {
            assertEquals(1, partition.leaderEpoch());
            assertEquals(1, partition.partitionEpoch());
            assertEquals(Fixture.NODE, partition.leader());
            assertEquals(0, partition.leaderRecoveryState());
        }
        // Only once: the next heartbeat changes nothing.
        long offset = next.image().offset();
        next.unfence();
        assertEquals(offset, next.image().offset());
    }

    @Test
    void the_same_incarnation_registers_again_without_a_new_epoch() {
        var fixture = new Fixture();
        fixture.controller.start();
        BrokerRegistrationRequestData request = Fixture.registration(-1);
        long epoch = fixture.controller.registerBroker(request).brokerEpoch();
        fixture.brokerEpoch = epoch;
        fixture.unfence();
        assertEquals(
                epoch, fixture.controller.registerBroker(request.setRack("r")).brokerEpoch());
        BrokerImage broker = fixture.image().cluster().broker(Fixture.NODE);
        assertEquals("r", broker.rack());
        assertFalse(broker.fenced());
    }

    private static void assertRefused(Errors error, Consumer<BrokerRegistrationRequestData> change) {
        var fixture = new Fixture();
        fixture.controller.start();
        BrokerRegistrationRequestData request = Fixture.registration(-1);
        change.accept(request);
        var refusal = assertThrows(AnswerException.class, () -> fixture.controller.registerBroker(request));
        assertEquals(error, refusal.error());
        assertEquals(Map.of(), fixture.image().cluster().brokers());
    }

    @Test
    void registrations_that_cannot_be_are_refused() {
        assertRefused(Errors.INCONSISTENT_CLUSTER_ID, request -> request.setClusterId("other"));
        assertRefused(Errors.DUPLICATE_BROKER_REGISTRATION, request -> request.setBrokerId(2));
        assertRefused(Errors.INVALID_REGISTRATION, request -> request.setLogDirs(List.of()));
        assertRefused(Errors.INVALID_REGISTRATION, request -> request.setLogDirs(List.of(Uuid.ONE_UUID)));
        assertRefused(
                Errors.INVALID_REGISTRATION,
                request -> request.setLogDirs(List.of(Fixture.DIRECTORY, Fixture.DIRECTORY)));
        assertRefused(
                Errors.INVALID_REGISTRATION,
                request -> request.features().remove(request.features().find(MetadataVersion.FEATURE_NAME)));
        assertRefused(
                Errors.UNSUPPORTED_VERSION,
                request -> request.features().remove(request.features().find(Features.TRANSACTION)));
        assertRefused(
                Errors.UNSUPPORTED_VERSION,
                request -> request.features().find(MetadataVersion.FEATURE_NAME).setMaxSupportedVersion((short) 29));
        assertRefused(
                Errors.INVALID_REGISTRATION,
                request -> request.listeners().find("PLAINTEXT").setSecurityProtocol((short) 99));
    }

    @Test
    void a_heartbeat_of_another_epoch_is_stale() {
        Fixture fixture = Fixture.running();
        for (var request : List.of(
                fixture.heartbeat().setBrokerEpoch(fixture.brokerEpoch + 1),
                fixture.heartbeat().setBrokerId(9))) {
            var refusal = assertThrows(AnswerException.class, () -> fixture.controller.brokerHeartbeat(request));
            assertEquals(Errors.STALE_BROKER_EPOCH, refusal.error());
        }
    }

    @Test
    void a_directory_that_fails_takes_its_partitions_offline_until_the_next_start() {
        var fixture = new Fixture();
        fixture.controller.start();
        var other = new Uuid(8, 8);
        fixture.brokerEpoch = fixture.controller
                .registerBroker(Fixture.registration(-1).setLogDirs(List.of(Fixture.DIRECTORY, other)))
                .brokerEpoch();
        fixture.unfence();
        fixture.createTopic("a", 2);
        assign(fixture, fixture.topic("a").id(), 0, Fixture.DIRECTORY);
        assign(fixture, fixture.topic("a").id(), 1, other);
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setOfflineLogDirs(List.of(other)));
        assertEquals(
                List.of(Fixture.DIRECTORY), fixture.image().cluster().broker(1).directories());
        assertEquals(1, fixture.topic("a").partition(0).leader());
        PartitionImage offline = fixture.topic("a").partition(1);
        assertFalse(offline.hasLeader());
        assertEquals(List.of(), offline.isr());
        assertEquals(List.of(1), offline.elr());
        assertEquals(List.of(1), offline.lastKnownElr());
        Fixture next = fixture.restarted(Map.of());
        next.run();
        assertEquals(1, next.topic("a").partition(1).leader());
        assertEquals(List.of(1), next.topic("a").partition(1).isr());
        assertEquals(List.of(), next.topic("a").partition(1).elr());
    }

    private static Errors assign(Fixture fixture, Uuid topic, int partition, Uuid directory) {
        var request = new AssignReplicasToDirsRequestData().setBrokerId(1).setBrokerEpoch(fixture.brokerEpoch);
        var data = new AssignReplicasToDirsRequestData.DirectoryData().setId(directory);
        data.topics()
                .add(new AssignReplicasToDirsRequestData.TopicData()
                        .setTopicId(topic)
                        .setPartitions(List.of(
                                new AssignReplicasToDirsRequestData.PartitionData().setPartitionIndex(partition))));
        request.directories().add(data);
        var response = fixture.controller.assignReplicasToDirs(request);
        return Errors.forCode(response.directories()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .errorCode());
    }

    @Test
    void replicas_are_noted_where_they_are() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        Uuid id = fixture.topic("a").id();
        var elsewhere = new Uuid(9, 9);
        assertEquals(Errors.NONE, assign(fixture, id, 0, elsewhere));
        assertEquals(List.of(elsewhere), fixture.topic("a").partition(0).directories());
        long offset = fixture.image().offset();
        assertEquals(Errors.NONE, assign(fixture, id, 0, elsewhere));
        assertEquals(offset, fixture.image().offset());
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, assign(fixture, id, 5, elsewhere));
        assertEquals(Errors.UNKNOWN_TOPIC_ID, assign(fixture, Uuid.randomUuid(), 0, elsewhere));
    }

    @Test
    void cordoned_directories_are_noted_and_take_no_new_partitions() {
        Fixture fixture = Fixture.running();
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setCordonedLogDirs(List.of(Fixture.DIRECTORY)));
        assertEquals(
                List.of(Fixture.DIRECTORY), fixture.image().cluster().broker(1).cordonedDirectories());
        assertEquals(
                Errors.INVALID_REPLICATION_FACTOR.code(),
                fixture.create(Fixture.topic("a", 1, 1)).errorCode());
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setCordonedLogDirs(List.of()));
        fixture.createTopic("a", 1);
    }

    @Test
    void producer_ids_are_given_away_once() {
        Fixture fixture = Fixture.running();
        assertEquals(new ProducerIdsBlock(0, 1000), fixture.controller.allocateProducerIds(1));
        assertEquals(new ProducerIdsBlock(1000, 1000), fixture.controller.allocateProducerIds(1));
        Fixture next = fixture.restarted(Map.of());
        next.run();
        assertEquals(new ProducerIdsBlock(2000, 1000), next.controller.allocateProducerIds(1));
        assertEquals(
                Errors.STALE_BROKER_EPOCH,
                assertThrows(AnswerException.class, () -> next.controller.allocateProducerIds(7))
                        .error());
    }

    /** The remains of a cluster of three, of which only this broker is left. */
    private static MetadataImage cluster(PartitionRecord... partitions) {
        Fixture fixture = new Fixture();
        fixture.controller.start();
        var delta = new MetadataDelta(fixture.image());
        for (int id = 1; id <= 3; id++) {
            delta.replay(new RegisterBrokerRecord()
                    .setBrokerId(id)
                    .setBrokerEpoch(100 + id)
                    .setIncarnationId(new Uuid(id, id))
                    .setFenced(id == 1)
                    .setLogDirs(List.of(new Uuid(id, 1000))));
        }
        var topic = new Uuid(5, 5);
        delta.replay(new TopicRecord().setName("a").setTopicId(topic));
        for (PartitionRecord partition : partitions) delta.replay(partition.setTopicId(topic));
        return delta.apply(200, 1, 0);
    }

    private static PartitionRecord partition(int id, int leader, List<Integer> replicas, List<Integer> isr) {
        return new PartitionRecord()
                .setPartitionId(id)
                .setLeader(leader)
                .setReplicas(replicas)
                .setIsr(isr)
                .setLeaderEpoch(5);
    }

    @Test
    void alone_it_leads_what_it_may_and_nobody_leads_the_rest() {
        MetadataImage image = cluster(
                partition(0, 2, List.of(1, 2, 3), List.of(1, 2, 3)),
                partition(1, 2, List.of(2, 3), List.of(2)),
                partition(2, 3, List.of(1, 3), List.of(3)),
                partition(3, -1, List.of(1, 2), List.of()).setEligibleLeaderReplicas(List.of(2, 1)),
                partition(4, -1, List.of(1), List.of()).setLastKnownElr(List.of(1)));
        var metrics = new ControllerMetrics(
                new com.codahale.metrics.MetricRegistry(), new MetadataCache(), dev.heddle.common.Time.SYSTEM);
        var election = new LeaderElection(1, new EffectiveTopicConfigs(1, Map.of()), metrics);
        var control = new BrokerControl(1, election);
        var request = new org.apache.kafka.common.message.BrokerHeartbeatRequestData()
                .setBrokerId(1)
                .setBrokerEpoch(101);
        var delta = new MetadataDelta(image);
        control.heartbeat(image, request).records().forEach(record -> delta.replay(record.record()));
        MetadataImage after = delta.apply(300, 1, 0);
        assertTrue(after.cluster().broker(2).fenced());
        assertTrue(after.cluster().broker(3).fenced());
        assertPartition(after, 0, 1, List.of(1), 0);
        assertPartition(after, 1, -1, List.of(2), 0);
        assertPartition(after, 2, -1, List.of(3), 0);
        assertPartition(after, 3, 1, List.of(1), 0);
        assertPartition(after, 4, 1, List.of(1), 1);
        assertEquals(List.of(), after.topics().partition("a", 4).lastKnownElr());
    }

    private static void assertPartition(MetadataImage image, int id, int leader, List<Integer> isr, int recovery) {
        PartitionImage partition = image.topics().partition("a", id);
        assertEquals(leader, partition.leader(), () -> partition.toString());
        assertEquals(isr, partition.isr(), () -> partition.toString());
        assertEquals(recovery, partition.leaderRecoveryState(), () -> partition.toString());
        assertEquals(6, partition.leaderEpoch(), () -> partition.toString());
    }
}
