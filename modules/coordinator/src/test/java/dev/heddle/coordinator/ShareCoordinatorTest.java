package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.State;
import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.coordinator.ShareState.Summary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShareCoordinatorTest {

    private static final byte ACKNOWLEDGED = 2;
    private static final int UPDATES_PER_SNAPSHOT = 3;
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final SharePartitionKey KEY = new SharePartitionKey("group", TOPIC, 0);
    private static final SharePartitionKey OTHER = new SharePartitionKey("other", TOPIC, 0);

    private final ManualTime time = new ManualTime(1_700_000_000_000L);
    private final DirectScheduler scheduler = new DirectScheduler();
    private final InMemoryCoordinatorLog log = new InMemoryCoordinatorLog();
    private final Waiter waiter = new Waiter(time);
    private final Set<Uuid> topics = new HashSet<>(Set.of(TOPIC));
    private final MetricRegistry registry = new MetricRegistry();
    private ShareCoordinator coordinator;

    @BeforeEach
    void start() {
        var config = ShareCoordinatorConfig.from(new AbstractConfig(
                ShareCoordinatorConfig.define(new ConfigDef()),
                Map.of(
                        ShareCoordinatorConfig.TOPIC_NUM_PARTITIONS,
                        "1",
                        ShareCoordinatorConfig.UPDATES_PER_SNAPSHOT,
                        UPDATES_PER_SNAPSHOT),
                false));
        coordinator = new ShareCoordinator(
                new ShareCoordinator.Context(
                        config,
                        key -> topics.contains(key.topicId()) && key.partition() < 2,
                        time,
                        new ShareCoordinatorMetrics(registry)),
                partition -> log,
                scheduler);
        coordinator.activate();
        coordinator.partitions().update(new Uuid(9, 9), Set.of(0));
    }

    @AfterEach
    void stop() {
        coordinator.close();
    }

    private void restart() {
        coordinator.close();
        start();
    }

    private static State change(int stateEpoch, int leaderEpoch, long startOffset, StateBatch... batches) {
        return new State(stateEpoch, leaderEpoch, startOffset, 7, List.of(batches));
    }

    private static StateBatch acknowledged(long first, long last) {
        return new StateBatch(first, last, ACKNOWLEDGED, (short) 1);
    }

    private State read() {
        return coordinator.read(KEY, ShareState.NO_LEADER_EPOCH, waiter);
    }

    private static Errors errorOf(Runnable call) {
        return assertThrows(AnswerException.class, call::run).error();
    }

    // ---- states ----

    @Test
    void aStateBeginsIsWrittenAndRead() {
        coordinator.initialize(KEY, 3, ShareState.UNINITIALIZED_START_OFFSET, waiter);
        assertEquals(new State(3, 0, -1, -1, List.of()), read());
        coordinator.write(KEY, change(3, 0, 10, acknowledged(12, 14)), waiter);
        coordinator.write(KEY, change(3, 0, -1, acknowledged(15, 20)), waiter);
        assertEquals(new State(3, 0, 10, 7, List.of(acknowledged(12, 20))), read());
        assertEquals(new Summary(3, 0, 10, 7), coordinator.summary(KEY, waiter));
    }

    @Test
    void aStateThatBeginsAnewForgetsItsBatches() {
        coordinator.initialize(KEY, 1, 0, waiter);
        coordinator.write(KEY, change(1, 0, 0, acknowledged(1, 4)), waiter);
        coordinator.initialize(KEY, 2, 100, waiter);
        assertEquals(new State(2, 0, 100, 0, List.of()), read());
    }

    @Test
    void everythingIsThereAfterARestart() {
        coordinator.initialize(KEY, 1, 0, waiter);
        for (int i = 0; i < 10; i++) coordinator.write(KEY, change(1, 0, i, acknowledged(i + 1, i + 1)), waiter);
        coordinator.initialize(OTHER, 4, 5, waiter);
        coordinator.delete(OTHER, waiter);
        State before = read();
        restart();
        assertEquals(before, read());
        assertEquals(new State(1, 0, 9, 7, List.of(acknowledged(9, 10))), read());
        assertEquals(
                Errors.INVALID_REQUEST, errorOf(() -> coordinator.read(OTHER, ShareState.NO_LEADER_EPOCH, waiter)));
    }

    @Test
    void aStateIsWrittenWholeAfterSoManyUpdates() {
        coordinator.initialize(KEY, 1, 0, waiter);
        for (int i = 0; i < 2 * UPDATES_PER_SNAPSHOT + 2; i++) coordinator.write(KEY, change(1, 0, i), waiter);
        assertEquals("SUUUSUUUS", kinds());
    }

    private String kinds() {
        var kinds = new StringBuilder();
        for (ShareRecords.Decoded record : records()) {
            kinds.append(
                    switch (record) {
                        case ShareRecords.Decoded.Snapshot snapshot -> snapshot.state() == null ? "T" : "S";
                        case ShareRecords.Decoded.Update update -> "U";
                        case ShareRecords.Decoded.Foreign foreign -> "F";
                    });
        }
        return kinds.toString();
    }

    private List<ShareRecords.Decoded> records() {
        var records = new ArrayList<ShareRecords.Decoded>();
        log.forEachRecord(record -> records.add(ShareRecords.decode(record.key(), record.value())));
        return records;
    }

    // ---- what is refused ----

    @Test
    void aStateThatHasNotBegunIsNeitherReadNorWritten() {
        assertEquals(Errors.INVALID_REQUEST, errorOf(this::read));
        assertEquals(Errors.INVALID_REQUEST, errorOf(() -> coordinator.write(KEY, change(0, 0, 0), waiter)));
        assertEquals(new Summary(0, 0, -1, -1), coordinator.summary(KEY, waiter));
    }

    @Test
    void aLeaderOfAnEarlierEpochIsFencedOnceALaterOneHasRead() {
        coordinator.initialize(KEY, 1, 0, waiter);
        coordinator.read(KEY, 5, waiter);
        assertEquals(5, read().leaderEpoch());
        assertEquals(Errors.FENCED_LEADER_EPOCH, errorOf(() -> coordinator.read(KEY, 4, waiter)));
        assertEquals(Errors.FENCED_LEADER_EPOCH, errorOf(() -> coordinator.write(KEY, change(1, 4, 0), waiter)));
        restart();
        assertEquals(Errors.FENCED_LEADER_EPOCH, errorOf(() -> coordinator.write(KEY, change(1, 4, 0), waiter)));
        coordinator.write(KEY, change(1, 5, 0), waiter);
    }

    @Test
    void readingWithoutNewsWritesNothing() {
        coordinator.initialize(KEY, 1, 0, waiter);
        coordinator.read(KEY, 5, waiter);
        coordinator.read(KEY, 5, waiter);
        read();
        assertEquals("SU", kinds());
    }

    @Test
    void writesOfAnEarlierStateAreFenced() {
        coordinator.initialize(KEY, 2, 0, waiter);
        assertEquals(Errors.FENCED_STATE_EPOCH, errorOf(() -> coordinator.write(KEY, change(1, 0, 0), waiter)));
        assertEquals(Errors.FENCED_STATE_EPOCH, errorOf(() -> coordinator.initialize(KEY, 1, 0, waiter)));
        coordinator.write(KEY, change(-1, -1, 0), waiter);
    }

    @Test
    void partitionsThatDoNotExistHaveNoState() {
        var missing = new SharePartitionKey("group", TOPIC, 2);
        var negative = new SharePartitionKey("group", TOPIC, -1);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(() -> coordinator.initialize(missing, 1, 0, waiter)));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(() -> coordinator.summary(missing, waiter)));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(() -> coordinator.delete(missing, waiter)));
        assertEquals(Errors.INVALID_REQUEST, errorOf(() -> coordinator.initialize(negative, 1, 0, waiter)));
    }

    @Test
    void whatTheLogRefusesDoesNotHappen() {
        coordinator.initialize(KEY, 1, 0, waiter);
        log.failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        assertEquals(Errors.NOT_COORDINATOR, errorOf(() -> coordinator.write(KEY, change(1, 0, 9), waiter)));
        log.failAppends(null);
        assertEquals(0, read().startOffset());
    }

    @Test
    void anAnswerWaitsUntilWhatItSaysIsCommitted() {
        coordinator.initialize(KEY, 1, 0, waiter);
        log.holdCommits();
        Call<Boolean> write = Call.start(waiter, () -> {
            coordinator.write(KEY, change(1, 0, 5), waiter);
            return true;
        });
        write.hangUp();
        assertThrows(AssertionError.class, write::get);
        log.releaseCommits();
    }

    @Test
    void whoeverComesWhileThePartitionIsNotLedIsSentAway() {
        coordinator.partitions().forget(new Uuid(9, 9));
        assertEquals(Errors.NOT_COORDINATOR, errorOf(this::read));
        coordinator.close();
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, errorOf(this::read));
    }

    // ---- upkeep ----

    @Test
    void recordsAreDeletedThatEveryStateHasOverridden() {
        coordinator.initialize(KEY, 1, 0, waiter);
        coordinator.initialize(OTHER, 1, 0, waiter);
        coordinator.prune();
        assertEquals(0, log.startOffset(), "the first record counts still");
        for (int i = 0; i < UPDATES_PER_SNAPSHOT + 1; i++) coordinator.write(KEY, change(1, 0, i), waiter);
        coordinator.prune();
        assertEquals(1, log.startOffset(), "the other's first record counts still");
        coordinator.delete(OTHER, waiter);
        coordinator.prune();
        assertEquals(5, log.startOffset(), "only the snapshot and the tombstone are left");
        coordinator.delete(KEY, waiter);
        coordinator.prune();
        assertEquals(7, log.startOffset(), "only the last tombstone is left");
    }

    @Test
    void statesWithoutNewsAreWrittenWholeWhileOthersHaveSome() {
        coordinator.initialize(KEY, 1, 0, waiter);
        coordinator.write(KEY, change(1, 0, 1, acknowledged(2, 3)), waiter);
        time.advance(ShareCoordinatorConfigTest.COLD_MS);
        coordinator.initialize(OTHER, 1, 0, waiter);
        coordinator.snapshotCold();
        assertEquals("SUSS", kinds());
        State before = read();
        restart();
        assertEquals(before, read());
        coordinator.snapshotCold();
        assertEquals("SUSS", kinds(), "it was written whole not long ago");
    }

    @Test
    void aSystemThatIsQuietIsLeftQuiet() {
        coordinator.initialize(KEY, 1, 0, waiter);
        time.advance(ShareCoordinatorConfigTest.COLD_MS);
        coordinator.snapshotCold();
        assertEquals("SS", kinds());
        time.advance(ShareCoordinatorConfigTest.COLD_MS);
        coordinator.snapshotCold();
        assertEquals("SS", kinds());
    }

    // ---- requests ----

    @Test
    void requestsAreAnsweredPartitionByPartition() {
        var requests = new ShareStateRequests(coordinator);
        coordinator.initialize(KEY, 1, 0, waiter);
        var answer = requests.write(
                new WriteShareGroupStateRequestData()
                        .setGroupId("group")
                        .setTopics(List.of(new WriteShareGroupStateRequestData.WriteStateData()
                                .setTopicId(TOPIC)
                                .setPartitions(List.of(written(0), written(1))))),
                waiter);
        var partitions = answer.results().getFirst().partitions();
        assertEquals(Errors.NONE.code(), partitions.get(0).errorCode());
        assertEquals(1, partitions.get(1).partition());
        assertEquals(Errors.INVALID_REQUEST.code(), partitions.get(1).errorCode());
        assertFalse(partitions.get(1).errorMessage().isEmpty());
        assertEquals(42, read().startOffset());
    }

    private static WriteShareGroupStateRequestData.PartitionData written(int partition) {
        return new WriteShareGroupStateRequestData.PartitionData()
                .setPartition(partition)
                .setStateEpoch(1)
                .setLeaderEpoch(0)
                .setStartOffset(42);
    }

    @Test
    void aRequestForNothingIsAnsweredWithNothing() {
        var requests = new ShareStateRequests(coordinator);
        var topic = new ReadShareGroupStateRequestData.ReadStateData().setTopicId(TOPIC);
        assertTrue(requests.read(new ReadShareGroupStateRequestData().setGroupId("group"), waiter)
                .results()
                .isEmpty());
        assertTrue(requests.read(
                        new ReadShareGroupStateRequestData().setGroupId("group").setTopics(List.of(topic)), waiter)
                .results()
                .isEmpty());
        topic.setPartitions(List.of(new ReadShareGroupStateRequestData.PartitionData()));
        assertTrue(requests.read(
                        new ReadShareGroupStateRequestData().setGroupId("").setTopics(List.of(topic)), waiter)
                .results()
                .isEmpty());
    }

    @Test
    void aCoordinatorsKeyIsReadAsItIsWritten() {
        var key = new SharePartitionKey("a:b", TOPIC, 7);
        assertEquals(key, SharePartitionKey.parse(key.coordinatorKey()));
    }
}
