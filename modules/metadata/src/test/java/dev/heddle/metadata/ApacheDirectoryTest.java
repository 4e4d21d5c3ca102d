package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/** What Apache Kafka 4.3.1 wrote, read by us. */
final class ApacheDirectoryTest {

    private static Iterable<? extends RecordBatch> batches(String file) {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(ApacheFiles.read(file)))
                .batches();
    }

    private static MetadataImage replayLogBefore(long offset) {
        var replay = new MetadataReplay(MetadataImage.EMPTY, QuorumVoters.STATIC);
        for (RecordBatch batch : batches(ApacheFiles.LOG)) {
            if (batch.baseOffset() < offset) replay.accept(batch);
        }
        return replay.image();
    }

    @Test
    void its_log_replays_into_the_image_that_its_snapshot_holds() {
        MetadataImage fromLog = replayLogBefore(204);
        MetadataImage fromSnapshot = new SnapshotFiles(ApacheFiles.storage())
                .load(new SnapshotId(204, 3))
                .orElseThrow()
                .image();
        assertEquals(fromSnapshot.topics(), fromLog.topics());
        assertEquals(fromSnapshot.configs(), fromLog.configs());
        assertEquals(fromSnapshot.cluster(), fromLog.cluster());
        assertEquals(fromSnapshot.features(), fromLog.features());
        assertEquals(fromSnapshot.producerIds(), fromLog.producerIds());
        assertEquals(fromSnapshot.clientQuotas(), fromLog.clientQuotas());
        assertEquals(
                fromSnapshot.scram().credentials().keySet(),
                fromLog.scram().credentials().keySet());
        assertEquals(203, fromSnapshot.offset());
        assertEquals(203, fromLog.offset());
        assertEquals(fromSnapshot.timestampMs(), fromLog.timestampMs());
    }

    @Test
    void everything_its_clients_did_is_in_the_image() {
        MetadataImage image = replayLogBefore(Long.MAX_VALUE);
        assertEquals(
                List.of("orders", "orders2", "p2.x", "payments.x"),
                image.topics().all().stream().map(TopicImage::name).toList());
        assertEquals(12, image.topics().partitionCount());
        assertNull(image.topics().topic("gone"));
        assertEquals(
                Map.of("cleanup.policy", "compact", "retention.ms", "12345"),
                image.configs().ofTopic("orders"));
        assertEquals(
                Map.of("log.cleaner.threads", "2", "min.insync.replicas", "1"),
                image.configs().of(new ConfigResource(ConfigResource.Type.BROKER, "")));
        assertEquals(
                Map.of("producer_byte_rate", 1000.0),
                image.clientQuotas().entities().get(new ClientQuotaEntity(Map.of("user", "alice"))));
        assertEquals(
                Set.of("alice"),
                image.scram().credentials().get(ScramMechanism.SCRAM_SHA_256).keySet());
        assertEquals(2000, image.producerIds().nextProducerId());
        assertEquals(30, image.features().metadataVersion());
        assertEquals(2, image.features().level(Features.TRANSACTION));
        assertEquals(1, image.cluster().controllers().size());
        BrokerImage broker = image.cluster().broker(1);
        assertEquals(148, broker.epoch());
        assertTrue(broker.fenced());
        assertTrue(broker.inControlledShutdown());
        assertEquals(29192, broker.endpoints().get("PLAINTEXT").port());
    }

    @Test
    void a_controller_opens_it_and_leads_every_partition_in_a_new_epoch() {
        var fixture = new Fixture(ApacheFiles.storage(), Map.of());
        fixture.controller.start();
        assertEquals(4, fixture.image().epoch());
        PartitionImage before = fixture.topic("orders").partition(0);
        assertFalse(before.hasLeader());
        fixture.register(148);
        fixture.unfence();
        for (TopicImage topic : fixture.image().topics().all()) {
            for (PartitionImage partition : topic.partitions().values()) {
                assertEquals(Fixture.NODE, partition.leader());
                assertEquals(List.of(Fixture.NODE), partition.isr());
                assertEquals(List.of(), partition.elr());
                assertEquals(List.of(), partition.lastKnownElr());
            }
        }
        assertEquals(
                before.leaderEpoch() + 1, fixture.topic("orders").partition(0).leaderEpoch());
    }

    @Test
    void what_it_formats_a_directory_with_is_what_we_format_one_with() {
        var storage = new MemoryStorage();
        List<VersionedRecord> ours = new BootstrapFile(storage).readOrFormat(0);
        List<VersionedRecord> ofFile = new BootstrapFile(storage).readOrFormat(0);
        var apache = new MemoryStorage();
        apache.bootstrap = ApacheFiles.read(ApacheFiles.BOOTSTRAP);
        assertEquals(new BootstrapFile(apache).readOrFormat(0), ours);
        assertEquals(ours, ofFile);
        assertEquals(apache.bootstrap.length, storage.bootstrap.length);
    }

    @Test
    void its_records_are_encoded_again_byte_for_byte() {
        List<ByteBuffer> frames = new ArrayList<>();
        for (RecordBatch batch : batches(ApacheFiles.LOG)) {
            if (batch.isControlBatch()) continue;
            for (Record record : batch) frames.add(record.value());
        }
        assertEquals(239, frames.size());
        for (ByteBuffer frame : frames) {
            assertEquals(frame, MetadataRecordSerde.encode(MetadataRecordSerde.decode(frame.duplicate())));
        }
    }

    @Test
    void its_batches_are_built_again_byte_for_byte() {
        for (RecordBatch batch : batches(ApacheFiles.LOG)) {
            MemoryRecords again;
            if (batch.isControlBatch()) {
                again = MetadataBatches.leaderChange(
                        batch.baseOffset(), batch.partitionLeaderEpoch(), batch.maxTimestamp(), 1);
            } else {
                List<ByteBuffer> frames = new ArrayList<>();
                for (Record record : batch) frames.add(record.value());
                again = MetadataBatches.data(
                        batch.baseOffset(), batch.partitionLeaderEpoch(), batch.maxTimestamp(), frames);
            }
            ByteBuffer expected = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(expected);
            assertEquals(expected.flip(), again.buffer(), () -> "batch at " + batch.baseOffset());
        }
    }

    @Test
    void its_quorum_state_is_read_and_written_again_byte_for_byte() {
        MemoryStorage storage = ApacheFiles.storage();
        var file = new QuorumStateFile(storage);
        assertEquals(new QuorumStateFile.State(3, List.of(1)), file.read());
        file.write(1, 3, QuorumVoters.STATIC);
        assertArrayEquals(ApacheFiles.read(ApacheFiles.QUORUM_STATE), storage.files.get(ApacheFiles.QUORUM_STATE));
    }

    @Test
    void a_directory_with_its_voters_in_the_log_is_opened_and_keeps_them() {
        var storage = new MemoryStorage();
        storage.bootstrap = ApacheFiles.read(ApacheFiles.BOOTSTRAP);
        storage.files.put(ApacheFiles.DYNAMIC_SNAPSHOT, ApacheFiles.read(ApacheFiles.DYNAMIC_SNAPSHOT));
        var fixture = new Fixture(storage, Map.of("metadata.log.max.record.bytes.between.snapshots", "1"));
        fixture.run();
        assertEquals(1, fixture.cache.kraftVersion());
        fixture.scheduler.runOnce();
        assertEquals(
                "{\"leaderId\":1,\"leaderEpoch\":1,\"votedId\":-1,\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\","
                        + "\"data_version\":1}",
                new String(storage.files.get(QuorumStateFile.NAME), StandardCharsets.UTF_8));
        SnapshotId newest = new SnapshotFiles(storage).list().last();
        assertTrue(newest.offset() > 0);
        QuorumVoters voters =
                new SnapshotFiles(storage).load(newest).orElseThrow().voters();
        assertEquals(1, voters.kraftVersion());
        assertEquals(
                Set.of(1),
                voters.record().voters().stream().map(voter -> voter.voterId()).collect(Collectors.toSet()));
        assertEquals(new QuorumStateFile.State(1, List.of()), new QuorumStateFile(storage).read());
    }
}
