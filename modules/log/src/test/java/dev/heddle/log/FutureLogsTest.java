package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static dev.heddle.log.LogFixture.idempotent;
import static dev.heddle.log.TwoDirectories.ORDERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Waiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FutureLogsTest {

    @TempDir
    Path root;

    private TwoDirectories logs;

    @BeforeEach
    void start() {
        logs = new TwoDirectories(root).start();
    }

    @AfterEach
    void stop() {
        logs.close();
    }

    private void restart() {
        logs.stop();
        logs.start();
    }

    private void killAndStart() {
        logs.kill();
        logs.start();
    }

    private static AppendResult appendIdempotent(PartitionLog log, int sequence, String... values) {
        return log.appendAsLeader(idempotent(7, (short) 0, sequence, values), 3, AppendOrigin.CLIENT);
    }

    private static Errors errorOf(Runnable work) {
        return assertThrows(AnswerException.class, work::run).error();
    }

    @Test
    void takesThePlaceOfTheCurrentOne() {
        PartitionLog old = logs.create();
        append(old, "a", "b", "c");
        old.commitOnAppend(true);
        old.deleteRecordsBefore(1);
        logs.move("b");
        PartitionLog log = logs.current();
        assertEquals("b", logs.place());
        assertEquals(List.of("1=b", "2=c"), contents(log));
        assertEquals(old.topicId(), log.topicId());
        assertEquals(3, log.highWatermark());
        append(log, "d");
        assertEquals(4, log.highWatermark(), "commits on append, as the old one did");
        assertNull(logs.manager.futures().get(ORDERS));
        assertEquals(List.of("orders-0-delete"), logs.names("a"));
        assertEquals(List.of("orders-0"), logs.names("b"));
        assertFalse(Files.exists(logs.path("b").resolve("orders-0").resolve(ReplacedLogs.NAME)));
        logs.time.advance(60_000);
        logs.scheduler.runDue();
        assertEquals(List.of(), logs.names("a"));
        restart();
        assertEquals(List.of("1=b", "2=c", "3=d"), contents(logs.current()));
        assertEquals(List.of("orders-0"), logs.names("b"));
    }

    @Test
    void whatWasAcknowledgedIsOnTheDiskInTheNewPlace() {
        append(logs.create(), "a", "b");
        logs.move("b");
        assertEquals(2, logs.current().durableOffset());
        assertEquals(2, logs.current().recoveryPoint());
        assertTrue(logs.content("b", "recovery-point-offset-checkpoint").contains("orders 0 "));
        assertFalse(logs.content("a", "recovery-point-offset-checkpoint").contains("orders 0 "));
    }

    @Test
    void whoWaitsForTheOldOneHearsThatItIsGone() {
        PartitionLog old = logs.create();
        append(old, "a");
        logs.move("b");
        var waiter = new Waiter(logs.time);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                errorOf(() -> old.awaitDurable(2, waiter, logs.time.deadlineAfterMs(0))));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(() -> old.read(0, 100, FetchIsolation.LOG_END, true)));
    }

    @Test
    void startsWhereTheCurrentOneStarts() {
        PartitionLog log = logs.create();
        append(log, "a", "b", "c");
        log.updateHighWatermark(3);
        log.deleteRecordsBefore(2);
        PartitionLog future = logs.createFuture("b");
        assertEquals(2, future.logStartOffset());
        assertEquals(2, future.logEndOffset());
    }

    @Test
    void recordsDeletedWhileItIsCopiedStayDeletedAfterACrash() {
        PartitionLog log = logs.create();
        append(log, "a", "b", "c");
        log.updateHighWatermark(3);
        logs.createFuture("b");
        logs.copy();
        log.deleteRecordsBefore(2);
        logs.replace();
        killAndStart();
        assertEquals(List.of("2=c"), contents(logs.current()));
    }

    @Test
    void hasMetricsOfItsOwnUntilItIsTheCurrentOne() {
        append(logs.create(), "a");
        String name = "kafka.log:type=Log,name=LogEndOffset,topic=orders,partition=0";
        logs.createFuture("b");
        var gauges = logs.metrics.getGauges();
        assertEquals(1L, gauges.get(name).getValue());
        assertEquals(0L, gauges.get(name + ",is-future=true").getValue());
        logs.copy();
        logs.replace();
        append(logs.current(), "b");
        gauges = logs.metrics.getGauges();
        assertEquals(2L, gauges.get(name).getValue());
        assertNull(gauges.get(name + ",is-future=true"));
    }

    @Test
    void knowsTheProducersThatTheOldOneKnew() {
        PartitionLog log = logs.create();
        AppendResult first = appendIdempotent(log, 0, "a", "b");
        append(log, "c");
        log.updateHighWatermark(3);
        log.deleteRecordsBefore(2);
        logs.move("b");
        AppendResult again = appendIdempotent(logs.current(), 0, "a", "b");
        assertTrue(again.duplicate());
        assertEquals(first.firstOffset(), again.firstOffset());
        append(logs.current(), "d");
        killAndStart();
        assertTrue(appendIdempotent(logs.current(), 0, "a", "b").duplicate(), "after a crash too");
        assertFalse(appendIdempotent(logs.current(), 2, "e").duplicate());
    }

    @Test
    void knowsTheLeaderEpochsThatTheOldOneKnew() {
        PartitionLog log = logs.create();
        append(log, "a");
        log.assignEpoch(8);
        logs.move("b");
        assertEquals(OptionalInt.of(8), logs.current().latestEpoch());
        killAndStart();
        assertEquals(OptionalInt.of(8), logs.current().latestEpoch());
    }

    @Test
    void aMoveGoesOnAfterARestart() {
        append(logs.create(), "a", "b");
        logs.createFuture("b");
        logs.copy();
        append(logs.current(), "c");
        restart();
        assertEquals(2, logs.future().logEndOffset());
        assertTrue(logs.future().isFuture());
        assertTrue(logs.current().state().cleaning().isCompactionHeld());
        logs.copy();
        logs.replace();
        assertEquals(List.of("0=a", "1=b", "2=c"), contents(logs.current()));
    }

    @Test
    void aMoveGoesOnAfterACrash() {
        append(logs.create(), "a", "b");
        logs.createFuture("b");
        logs.copy();
        killAndStart();
        logs.copy();
        logs.replace();
        assertEquals(List.of("0=a", "1=b"), contents(logs.current()));
    }

    @Test
    void backAndForth() {
        append(logs.create(), "a");
        for (int i = 0; i < 4; i++) {
            logs.move(i % 2 == 0 ? "b" : "a");
            append(logs.current(), "v" + i);
            if (i == 2) killAndStart();
        }
        assertEquals(List.of("0=a", "1=v0", "2=v1", "3=v2", "4=v3"), contents(logs.current()));
        assertEquals("a", logs.place());
    }

    @Test
    void isDroppedWithItsFiles() {
        append(logs.create(), "a");
        PartitionLog future = logs.createFuture("b");
        logs.manager.futures().drop(ORDERS);
        assertNull(logs.manager.futures().get(ORDERS));
        assertFalse(logs.current().state().cleaning().isCompactionHeld());
        assertEquals(List.of("orders-0-delete"), logs.names("b"));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(() -> append(future, "x")));
        logs.time.advance(60_000);
        logs.scheduler.runDue();
        assertEquals(List.of(), logs.names("b"));
    }

    @Test
    void goesWithItsTopic() {
        PartitionLog log = logs.create();
        append(log, "a");
        logs.createFuture("b");
        logs.manager.delete(ORDERS);
        assertNull(logs.manager.futures().get(ORDERS));
        assertEquals(List.of("orders-0-delete"), logs.names("b"));
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                errorOf(() -> logs.manager.futures().create(log, logs.directory("b"))));
    }

    @Test
    void aCopyOfALogThatWasCompactedSinceIsMadeAnew() {
        append(logs.create(), "a", "b");
        logs.createFuture("b");
        logs.copy();
        logs.manager.futures().validate(logs.future(), logs.current());
        assertEquals(2, logs.future().logEndOffset());
        logs.current().state().cleaning().cleanedTo(1);
        logs.manager.futures().validate(logs.future(), logs.current());
        assertEquals(0, logs.future().logEndOffset());
        logs.copy();
        logs.replace();
        assertEquals(1, logs.current().state().cleaning().cleanedOffset());
        assertTrue(logs.content("b", "cleaner-offset-checkpoint").contains("orders 0 1"));
    }

    @Test
    void aCleanedOffsetIsKnownAfterACrash() {
        append(logs.create(), "a", "b");
        logs.current().state().cleaning().cleanedTo(1);
        logs.move("b");
        killAndStart();
        assertEquals(1, logs.current().state().cleaning().cleanedOffset());
    }

    @Test
    void onlyOneOfTwoIsKept() throws IOException {
        append(logs.create(), "a");
        logs.createFuture("b");
        logs.stop();
        Path other = logs.path("b").resolve("orders-0.0123456789abcdef0123456789abcdef-future");
        Files.createDirectories(other);
        Files.copy(logs.path("a").resolve("orders-0/partition.metadata"), other.resolve("partition.metadata"));
        logs.start();
        assertTrue(logs.future().isFuture());
        assertEquals(List.of("orders-0-delete", "orders-0-future"), logs.names("b"));
    }

    /** Each gauge of a future log is registered by a twin, in the moment before the log itself does it. */
    private static final class RacingTwin extends MetricRegistry {

        private final Set<String> registered = ConcurrentHashMap.newKeySet();

        @Override
        public <T extends Metric> T register(String name, T metric) {
            if (name.contains("is-future") && registered.add(name)) super.register(name, (Gauge<Long>) () -> -1L);
            return super.register(name, metric);
        }
    }

    @Test
    void isFoundAgainThoughATwinIsLoadedAtTheSameTime() {
        append(logs.create(), "a");
        logs.createFuture("b");
        logs.copy();
        logs.stop();
        logs.registries = RacingTwin::new;
        logs.start();
        assertEquals(1, logs.future().logEndOffset());
        String name = logs.metrics.getNames().stream()
                .filter(it -> it.contains("is-future") && it.contains("LogEndOffset"))
                .findAny()
                .orElseThrow();
        assertEquals(1L, logs.metrics.gauge(name).getValue());
    }

    @Test
    void oneBesideTheCurrentOneIsDeleted() throws IOException {
        append(logs.create(), "a");
        logs.stop();
        Path future = logs.path("a").resolve("orders-0.0123456789abcdef0123456789abcdef-future");
        Files.createDirectories(future);
        Files.copy(logs.path("a").resolve("orders-0/partition.metadata"), future.resolve("partition.metadata"));
        logs.start();
        assertNull(logs.manager.futures().get(ORDERS));
        assertFalse(logs.current().state().cleaning().isCompactionHeld());
        logs.time.advance(60_000);
        logs.scheduler.runDue();
        assertEquals(List.of("orders-0"), logs.names("a"));
    }

    @Test
    void oneThatCannotBeOpenedIsDeletedAndHarmsNobody() throws IOException {
        append(logs.create(), "a");
        PartitionLog future = logs.createFuture("b");
        append(future, "x");
        logs.stop();
        Files.writeString(future.state().path().resolve("partition.metadata"), "nonsense");
        logs.start();
        assertNull(logs.manager.futures().get(ORDERS));
        assertEquals(List.of("0=a"), contents(logs.current()));
        logs.time.advance(60_000);
        logs.scheduler.runDue();
        assertEquals(List.of(), logs.names("b"));
    }

    @Test
    void withoutACurrentOneItCanBecomeThat() throws IOException {
        append(logs.create(), "a");
        logs.createFuture("b");
        logs.copy();
        logs.stop();
        Files.move(logs.path("a").resolve("orders-0"), root.resolve("aside"));
        logs.start();
        assertNull(logs.manager.log(ORDERS));
        logs.manager.futures().promote(logs.future());
        assertEquals("b", logs.place());
        assertEquals(List.of("0=a"), contents(logs.current()));
        assertNull(logs.manager.futures().get(ORDERS));
        restart();
        assertEquals(List.of("0=a"), contents(logs.current()));
    }

    @Test
    void twoLogsOfWhichNoneSaysThatItCountsStopTheStart() throws IOException {
        append(logs.create(), "a");
        logs.stop();
        Path twin = logs.path("b").resolve("orders-0");
        Files.createDirectories(twin);
        for (Path file : FileSystemCalls.REAL.list(logs.path("a").resolve("orders-0"))) {
            Files.copy(file, twin.resolve(file.getFileName()));
        }
        var stop = assertThrows(StopBrokerException.class, logs::start);
        assertTrue(stop.getMessage().contains("is in both"), stop.getMessage());
    }

    /** A log that could not be created in one directory is created in another one. */
    @Test
    void whatATryToCreateALogHasLeftGoes() throws IOException {
        append(logs.create(), "a");
        logs.stop();
        Path twin = logs.path("b").resolve("orders-0");
        Files.createDirectories(twin);
        Files.copy(logs.path("a").resolve("orders-0/partition.metadata"), twin.resolve("partition.metadata"));
        logs.start();
        assertEquals("a", logs.place());
        assertEquals(List.of("0=a"), contents(logs.current()));
        assertFalse(Files.exists(twin));
    }

    @Test
    void directoriesAreFoundByTheirPath() {
        assertSame(logs.directories.all().getFirst(), logs.directory("a"));
        assertEquals(Errors.LOG_DIR_NOT_FOUND, errorOf(() -> logs.directory("c")));
        assertEquals(
                Errors.LOG_DIR_NOT_FOUND, errorOf(() -> logs.manager.futures().directory("")));
        logs.directory("b").failed("be used", new IOException("broken"));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, errorOf(() -> logs.directory("b")));
    }

    @Test
    void namesTooLongForAFutureDirectoryAreRefused() {
        FutureLogs.ensureMovable(new TopicPartition("t".repeat(213), 0));
        assertEquals(
                Errors.INVALID_TOPIC_EXCEPTION,
                errorOf(() -> FutureLogs.ensureMovable(new TopicPartition("t".repeat(214), 0))));
    }

    @Test
    void noneIsCreatedWhileADirectoryIsOffline() {
        logs.create();
        LogDirectory target = logs.directory("b");
        target.failed("be used", new IOException("broken"));
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR, errorOf(() -> logs.manager.futures().create(logs.current(), target)));
        assertFalse(logs.current().state().cleaning().isCompactionHeld());
    }

    @Test
    void isLostWithItsDirectoryAndTheCurrentOneGoesOn() {
        append(logs.create(), "a");
        logs.createFuture("b");
        logs.directory("b").failed("be used", new IOException("broken"));
        assertNull(logs.manager.futures().get(ORDERS));
        assertFalse(logs.manager.isOffline(ORDERS));
        assertFalse(logs.current().state().cleaning().isCompactionHeld());
        append(logs.current(), "b");
        assertEquals(List.of("0=a", "1=b"), contents(logs.current()));
    }

    @Test
    void aLogIsCreatedWhereItIsWanted() {
        var wanted = new TopicPartition("wanted", 0);
        for (String name : List.of("a", "b")) {
            logs.manager.futures().prefer(wanted, logs.directory(name));
            PartitionLog log = logs.manager.getOrCreate(wanted, TwoDirectories.TOPIC_ID);
            assertEquals(logs.directory(name), log.directory());
            // It is there: to want it there again changes nothing.
            logs.manager.futures().prefer(wanted, logs.directory(name));
            logs.manager.delete(wanted);
        }
    }

    @Test
    void aLogIsCreatedWhereTheMetadataSays() {
        for (String name : List.of("a", "b")) {
            var partition = new TopicPartition("assigned-to-" + name, 0);
            Uuid id = logs.directory(name).id();
            assertEquals(
                    logs.directory(name),
                    logs.manager
                            .getOrCreate(partition, Uuid.randomUuid(), true, id)
                            .directory());
        }
    }

    @Test
    void configurationsReachIt() {
        logs.create();
        logs.createFuture("b");
        logs.manager.updateTopicConfig("orders", Map.of("segment.bytes", "2000000"));
        assertEquals(2_000_000, logs.future().config().segmentBytes());
        logs.copy();
        logs.replace();
        assertEquals(2_000_000, logs.current().config().segmentBytes());
        assertNotEquals(logs.directory("a"), logs.current().directory());
    }

    @Test
    void whatTheLogStartHasPassedIsDeletedFromItAndNothingElse() {
        logs.close();
        logs.start(FileSystemCalls.REAL, Map.of("retention.ms", "1000"));
        PartitionLog log = logs.create();
        append(log, "a");
        log.roll();
        append(log, "b");
        PartitionLog future = logs.createFuture("b");
        future.appendAsFollower(logs.manager.futures().read(log, 0, 1));
        future.roll();
        logs.copy();
        future.updateHighWatermark(2);
        logs.time.advance(1_000_000);
        assertEquals(0, future.deleteOldSegments());
        future.deleteRecordsBefore(1);
        assertEquals(1, future.deleteOldSegments());
        assertEquals(List.of("1=b"), contents(future));
    }
}
