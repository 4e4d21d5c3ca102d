package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SnapshotGeneratorTest {

    private static final String BYTES = "metadata.log.max.record.bytes.between.snapshots";
    private static final String INTERVAL = "metadata.log.max.snapshot.interval.ms";
    private static final String RETENTION_BYTES = "metadata.max.retention.bytes";
    private static final String RETENTION_MS = "metadata.max.retention.ms";

    private static List<SnapshotId> snapshots(Fixture fixture) {
        return List.copyOf(new SnapshotFiles(fixture.storage).list());
    }

    private static Fixture running(String... configs) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < configs.length; i += 2) map.put(configs[i], configs[i + 1]);
        return Fixture.running(map);
    }

    @Test
    void enough_bytes_make_a_snapshot_of_that_moment() {
        Fixture fixture = running(BYTES, "2000", INTERVAL, "0");
        fixture.scheduler.runOnce();
        assertEquals(List.of(), snapshots(fixture));
        int topics = 0;
        while (fixture.storage.log.sizeInBytes() < 2000) fixture.createTopic("t" + topics++, 1);
        MetadataImage due = fixture.image();
        fixture.createTopic("later", 1);
        fixture.scheduler.runOnce();
        assertEquals(List.of(new SnapshotId(due.offset() + 1, due.epoch())), snapshots(fixture));
        SnapshotFiles.Loaded loaded = new SnapshotFiles(fixture.storage)
                .load(snapshots(fixture).getFirst())
                .orElseThrow();
        assertEquals(due, loaded.image());
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        assertEquals(fixture.image().topics(), next.image().topics());
    }

    @Test
    void time_makes_a_snapshot_only_if_something_was_written() {
        Fixture fixture = running(INTERVAL, "3600000");
        fixture.scheduler.runRepeated();
        assertEquals(0, snapshots(fixture).size());
        fixture.time.advance(3_600_000);
        fixture.scheduler.runRepeated();
        assertEquals(1, snapshots(fixture).size());
        fixture.time.advance(3_600_000);
        fixture.scheduler.runRepeated();
        assertEquals(1, snapshots(fixture).size());
        fixture.createTopic("a", 1);
        fixture.scheduler.runRepeated();
        assertEquals(2, snapshots(fixture).size());
    }

    @Test
    void an_interval_of_zero_makes_none() {
        Fixture fixture = running(INTERVAL, "0");
        fixture.time.advance(Long.MAX_VALUE / 4_000_000);
        fixture.scheduler.runRepeated();
        assertEquals(0, snapshots(fixture).size());
    }

    @Test
    void too_many_bytes_delete_old_snapshots_and_the_log_before_the_next() {
        Fixture fixture = running(BYTES, "1", INTERVAL, "0", RETENTION_BYTES, "3000", RETENTION_MS, "-1");
        for (int i = 0; i < 20; i++) {
            fixture.createTopic("t" + i, 1);
            fixture.scheduler.runOnce();
            long bytes = fixture.storage.log.sizeInBytes();
            for (SnapshotId id : snapshots(fixture)) bytes += fixture.storage.size(id.fileName());
            assertTrue(bytes <= 3000 || snapshots(fixture).size() == 1, "bytes=" + bytes);
            assertEquals(
                    snapshots(fixture).getFirst().offset(),
                    Math.max(
                            fixture.storage.log.startOffset(),
                            snapshots(fixture).getFirst().offset()));
        }
        assertTrue(fixture.storage.log.startOffset() > 0);
        Fixture next = fixture.restarted(Map.of());
        next.controller.start();
        assertEquals(20, next.image().topics().size());
    }

    @Test
    void old_snapshots_go_and_the_newest_stays() {
        Fixture fixture = running(BYTES, "1", INTERVAL, "0", RETENTION_BYTES, "-1", RETENTION_MS, "1000");
        fixture.scheduler.runOnce();
        fixture.createTopic("a", 1);
        fixture.scheduler.runOnce();
        List<SnapshotId> before = snapshots(fixture);
        assertTrue(before.size() > 1);
        fixture.time.advance(1001);
        fixture.scheduler.runRepeated();
        assertEquals(List.of(before.getLast()), snapshots(fixture));
        fixture.time.advance(100_000);
        fixture.scheduler.runRepeated();
        assertEquals(1, snapshots(fixture).size());
    }

    @Test
    void no_limits_keep_everything() {
        Fixture fixture = running(BYTES, "1", INTERVAL, "0", RETENTION_BYTES, "-1", RETENTION_MS, "-1");
        for (int i = 0; i < 5; i++) {
            fixture.createTopic("t" + i, 1);
            fixture.scheduler.runOnce();
            fixture.time.advance(Integer.MAX_VALUE);
            fixture.scheduler.runRepeated();
        }
        assertTrue(snapshots(fixture).size() >= 5);
        assertEquals(0, fixture.storage.log.startOffset());
    }

    @Test
    void a_snapshot_is_not_written_after_the_close() {
        Fixture fixture = running(BYTES, "1");
        fixture.createTopic("a", 1);
        List<SnapshotId> before = snapshots(fixture);
        fixture.controller.close();
        fixture.scheduler.runOnce();
        assertEquals(before, snapshots(fixture));
    }

    @Test
    void the_newest_snapshot_shows_in_the_metrics() {
        Fixture fixture = running(BYTES, "1");
        fixture.createTopic("a", 1);
        fixture.scheduler.runOnce();
        fixture.time.advance(70);
        var gauges = fixture.metrics.getGauges();
        assertEquals(
                fixture.storage.size(snapshots(fixture).getLast().fileName()),
                gauges.get("kafka.server:type=SnapshotEmitter,name=LatestSnapshotGeneratedBytes")
                        .getValue());
        assertEquals(
                70L,
                gauges.get("kafka.server:type=SnapshotEmitter,name=LatestSnapshotGeneratedAgeMs")
                        .getValue());
    }
}
