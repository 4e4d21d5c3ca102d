package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.NoOpRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/** What the controller finds at its start, good and bad. */
final class MetadataLogTest {

    private static final Map<String, String> SNAPSHOT_EACH =
            Map.of("metadata.log.max.record.bytes.between.snapshots", "1", "metadata.max.retention.bytes", "-1");

    private static void append(MemoryStorage storage, ApiMessage... records) {
        List<ByteBuffer> frames = new ArrayList<>();
        for (ApiMessage record : records) frames.add(MetadataRecordSerde.encode(VersionedRecord.of(record, 0)));
        int epoch = storage.log.latestEpoch().orElse(1);
        storage.log.append(MetadataBatches.data(storage.log.endOffset(), epoch, 0, frames), epoch, true);
    }

    private static String stopsWith(MemoryStorage storage) {
        var fixture = new Fixture(storage, Map.of());
        String message = assertThrows(StopBrokerException.class, fixture.controller::start)
                .getMessage();
        assertFalse(message.contains("\n"));
        fixture.controller.close();
        assertTrue(storage.log.closed);
        return message;
    }

    private static Fixture started(MemoryStorage storage) {
        var fixture = new Fixture(storage, Map.of());
        fixture.controller.start();
        return fixture;
    }

    @Test
    void a_transaction_that_was_never_ended_is_aborted() {
        Fixture fixture = Fixture.running();
        append(
                fixture.storage,
                new BeginTransactionRecord().setName("t"),
                new TopicRecord().setName("half").setTopicId(new Uuid(1, 1)));
        Fixture next = started(fixture.storage);
        assertNull(next.image().topics().topic("half"));
        // The abort is in the log: whoever reads it next sees the transaction resolved.
        Fixture third = started(fixture.storage);
        assertNull(third.image().topics().topic("half"));
        append(
                fixture.storage,
                new BeginTransactionRecord(),
                new TopicRecord().setName("x").setTopicId(new Uuid(2, 2)));
        append(fixture.storage, new AbortTransactionRecord());
        append(
                fixture.storage,
                new BeginTransactionRecord(),
                new TopicRecord().setName("y").setTopicId(new Uuid(3, 3)));
        append(fixture.storage, new EndTransactionRecord(), new NoOpRecord());
        Fixture fourth = started(fixture.storage);
        assertNull(fourth.image().topics().topic("x"));
        assertEquals("y", fourth.topic("y").name());
    }

    @Test
    void the_first_records_are_written_again_if_they_were_cut_short() {
        var storage = new MemoryStorage();
        append(
                storage,
                new BeginTransactionRecord().setName("Bootstrap records"),
                new FeatureLevelRecord().setName(MetadataVersion.FEATURE_NAME).setFeatureLevel((short) 30));
        Fixture fixture = started(storage);
        assertEquals(30, fixture.image().features().metadataVersion());
        assertEquals(30, started(storage).image().features().metadataVersion());
        assertEquals(5, fixture.image().features().levels().size());
    }

    @Test
    void a_damaged_snapshot_is_set_aside_as_long_as_the_log_is_there() {
        Fixture fixture = Fixture.running(SNAPSHOT_EACH);
        fixture.createTopic("a", 1);
        fixture.scheduler.runOnce();
        fixture.createTopic("b", 1);
        fixture.scheduler.runOnce();
        SnapshotId newest = new SnapshotFiles(fixture.storage).list().last();
        byte[] content = fixture.storage.files.get(newest.fileName());
        for (byte[] damaged : List.of(
                new byte[0],
                Arrays.copyOf(content, content.length / 2),
                Arrays.copyOf(content, content.length - 75),
                flipped(content, content.length / 2))) {
            fixture.storage.files.put(newest.fileName(), damaged);
            Fixture next = started(fixture.storage);
            assertEquals(2, next.image().topics().size());
            assertFalse(fixture.storage.files.containsKey(newest.fileName()));
        }
    }

    private static byte[] flipped(byte[] content, int at) {
        byte[] copy = content.clone();
        copy[at] ^= 1;
        return copy;
    }

    @Test
    void a_damaged_snapshot_stops_the_start_if_the_log_before_it_is_gone() {
        Fixture fixture = Fixture.running(
                Map.of("metadata.log.max.record.bytes.between.snapshots", "1", "metadata.max.retention.bytes", "0"));
        fixture.createTopic("a", 1);
        fixture.scheduler.runOnce();
        fixture.createTopic("b", 1);
        fixture.scheduler.runOnce();
        assertTrue(fixture.storage.log.startOffset() > 0);
        SnapshotId newest = new SnapshotFiles(fixture.storage).list().last();
        byte[] content = fixture.storage.files.get(newest.fileName());
        fixture.storage.files.put(newest.fileName(), flipped(content, content.length / 2));
        assertTrue(stopsWith(fixture.storage).contains(newest.fileName()));
        assertTrue(fixture.storage.files.containsKey(newest.fileName()));
        fixture.storage.files.remove(newest.fileName());
        assertTrue(stopsWith(fixture.storage).contains("no whole snapshot"));
    }

    @Test
    void leftovers_of_snapshots_are_removed() {
        Fixture fixture = Fixture.running();
        var id = new SnapshotId(99, 1);
        fixture.storage.files.put(id.partialFileName(), new byte[3]);
        fixture.storage.files.put("00000000000000000099-0000000001-123.checkpoint.part", new byte[3]);
        fixture.storage.files.put("00000000000000000098-0000000001.checkpoint.deleted", new byte[3]);
        started(fixture.storage);
        assertEquals(List.of(QuorumStateFile.NAME), fixture.storage.list());
    }

    @Test
    void a_snapshot_beyond_the_logs_end_takes_the_logs_place() {
        Fixture fixture = Fixture.running(SNAPSHOT_EACH);
        fixture.scheduler.runOnce();
        fixture.createTopic("a", 1);
        fixture.scheduler.runOnce();
        SnapshotId newest = new SnapshotFiles(fixture.storage).list().last();
        fixture.storage.log.truncateTo(5);
        Fixture next = started(fixture.storage);
        assertEquals(1, next.image().topics().size());
        assertEquals(newest.offset(), fixture.storage.log.startOffset());
        assertEquals(newest.offset(), next.image().offset());
    }

    @Test
    void a_damaged_log_stops_the_start() {
        Fixture fixture = Fixture.running();
        fixture.createTopic("a", 1);
        fixture.storage.log.corruptLast();
        assertTrue(stopsWith(fixture.storage).contains("cannot be replayed at offset"));
    }

    @Test
    void a_record_that_does_not_fit_stops_the_start() {
        Fixture fixture = Fixture.running();
        append(fixture.storage, new PartitionChangeRecord().setTopicId(new Uuid(4, 4)));
        assertTrue(stopsWith(fixture.storage).contains("No topic with id"));
    }

    @Test
    void a_log_of_a_quorum_of_several_is_not_opened() {
        Fixture fixture = Fixture.running();
        String state = "{\"clusterId\":\"\",\"leaderId\":2,\"leaderEpoch\":7,\"votedId\":-1,\"appliedOffset\":0,"
                + "\"currentVoters\":[{\"voterId\":1},{\"voterId\":2},{\"voterId\":3}],\"data_version\":0}";
        fixture.storage.files.put(QuorumStateFile.NAME, state.getBytes(StandardCharsets.UTF_8));
        assertTrue(stopsWith(fixture.storage).contains("[2, 3]"));
        assertEquals(state, new String(fixture.storage.files.get(QuorumStateFile.NAME), StandardCharsets.UTF_8));
    }

    @Test
    void a_log_whose_own_voters_are_others_is_not_opened() {
        var storage = new MemoryStorage();
        storage.bootstrap = ApacheFiles.read(ApacheFiles.BOOTSTRAP);
        storage.files.put(ApacheFiles.DYNAMIC_SNAPSHOT, ApacheFiles.read(ApacheFiles.DYNAMIC_SNAPSHOT));
        var log = new MetadataLog(9, storage, new SnapshotFiles(storage), new dev.heddle.common.ManualTime(0));
        String message = assertThrows(StopBrokerException.class, log::recover).getMessage();
        assertTrue(message.contains("other voters than node 9"), message);
    }

    @Test
    void a_damaged_quorum_state_stops_the_start() {
        Fixture fixture = Fixture.running();
        fixture.storage.files.put(QuorumStateFile.NAME, "{}".getBytes(StandardCharsets.UTF_8));
        assertTrue(stopsWith(fixture.storage).contains("quorum-state"));
        fixture.storage.files.put(
                QuorumStateFile.NAME, "{\"leaderEpoch\":1,\"data_version\":2}".getBytes(StandardCharsets.UTF_8));
        assertTrue(stopsWith(fixture.storage).contains("data_version 2"));
    }

    @Test
    void the_leader_epoch_never_falls_behind_the_quorum_state() {
        var storage = new MemoryStorage();
        storage.files.put(
                QuorumStateFile.NAME,
                "{\"leaderId\":-1,\"leaderEpoch\":41,\"votedId\":1,\"data_version\":1}"
                        .getBytes(StandardCharsets.UTF_8));
        assertEquals(42, started(storage).image().epoch());
    }

    @Test
    void a_feature_that_is_too_new_stops_the_start() {
        Fixture fixture = Fixture.running();
        append(
                fixture.storage,
                new FeatureLevelRecord().setName(MetadataVersion.FEATURE_NAME).setFeatureLevel((short) 31));
        assertTrue(stopsWith(fixture.storage).contains("metadata.version at level 31"));
        Fixture other = Fixture.running();
        append(other.storage, new FeatureLevelRecord().setName("new.version").setFeatureLevel((short) 1));
        assertTrue(stopsWith(other.storage).contains("no such feature"));
    }

    @Test
    void a_damaged_bootstrap_file_stops_the_start() {
        var storage = new MemoryStorage();
        byte[] file = ApacheFiles.read(ApacheFiles.BOOTSTRAP);
        storage.bootstrap = flipped(file, 200);
        assertTrue(stopsWith(storage).contains("bootstrap.checkpoint"));
        storage.bootstrap = new byte[0];
        storage.log = new MemoryStorage.MemoryLog();
        assertTrue(stopsWith(storage).contains("holds no records"));
    }

    @Test
    void names_of_snapshots_are_kafkas() {
        var id = new SnapshotId(204, 3);
        assertEquals(ApacheFiles.SNAPSHOT, id.fileName());
        assertEquals(id, SnapshotId.parse(ApacheFiles.SNAPSHOT).orElseThrow());
        for (String other : List.of(
                "204-3.checkpoint",
                "bootstrap.checkpoint",
                ApacheFiles.SNAPSHOT + ".part",
                "99999999999999999999-0000000003.checkpoint",
                "00000000000000000204.log")) {
            assertTrue(SnapshotId.parse(other).isEmpty(), other);
        }
        assertTrue(new SnapshotId(5, 2).compareTo(new SnapshotId(900, 1)) > 0);
    }
}
