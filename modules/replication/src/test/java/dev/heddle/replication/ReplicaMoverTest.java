package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.PartitionLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReplicaMoverTest {

    private static final String RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    @TempDir
    Path directory;

    /** The directory whose files cannot be opened, renamed and so on any more. */
    private final BreakableFiles files = new BreakableFiles();

    /** What the mover has reported. */
    private final Map<TopicIdPartition, Uuid> moved = new ConcurrentHashMap<>();

    private Replicas replicas;
    private Uuid topicId;
    private Partition partition;

    @BeforeEach
    void start() {
        start(Map.of());
        topicId = replicas.createTopic("orders", 1);
        partition = replicas.partition("orders", 0);
        if (!place().equals("a")) moveTo("a");
        moved.clear();
    }

    private void start(Map<String, String> settings) {
        var all = new java.util.HashMap<>(settings);
        all.put("log.dirs", path("a") + "," + path("b") + "," + path("c"));
        replicas = Replicas.start(directory, all, files.calls());
        replicas.manager.mover().onMoved(moved::put);
    }

    @AfterEach
    void stop() {
        replicas.close();
    }

    private void restart(Map<String, String> settings) {
        replicas.close();
        start(settings);
        // As the controller tells it, with what it had written down.
        replicas.createTopic("orders", topicId);
        partition = replicas.partition("orders", 0);
    }

    private Path path(String name) {
        return directory.resolve(name).toAbsolutePath();
    }

    private String place() {
        return partition.log().directory().path().getFileName().toString();
    }

    private void ask(String name) {
        replicas.manager.mover().move(ORDERS, path(name).toString());
    }

    private Errors refused(TopicPartition which, String path) {
        return assertThrows(
                        AnswerException.class, () -> replicas.manager.mover().move(which, path))
                .error();
    }

    private void moveTo(String name) {
        ask(name);
        await(() -> place().equals(name) && moved.containsKey(id()));
    }

    private TopicIdPartition id() {
        return new TopicIdPartition(topicId, ORDERS);
    }

    private static void await(BooleanSupplier condition) {
        var waiter = new Waiter(Time.SYSTEM);
        long deadline = Time.SYSTEM.deadlineAfterMs(20_000);
        while (!condition.getAsBoolean()) {
            assertTrue(Time.SYSTEM.nanoseconds() - deadline < 0, "it does not come about");
            waiter.await(Time.SYSTEM.deadlineAfterMs(5));
        }
    }

    private PartitionLog future() {
        return replicas.logs.futures().get(ORDERS);
    }

    private void append(String... values) {
        partition.append(Replicas.records(values), AppendOrigin.CLIENT, (short) -1);
    }

    /** So much that it takes a while at a low rate. */
    private void appendMuch() {
        for (int i = 0; i < 50; i++) append("x".repeat(1000) + i);
    }

    private List<String> contents() {
        List<String> found = new ArrayList<>();
        PartitionLog log = partition.log();
        for (long next = log.logStartOffset(); next < log.logEndOffset(); ) {
            for (Record record :
                    replicas.logs.futures().read(log, next, 1 << 20).records()) {
                if (record.offset() < next) continue;
                found.add(StandardCharsets.UTF_8.decode(record.value()).toString());
                next = record.offset() + 1;
            }
        }
        return found;
    }

    private Object gauge(String name) {
        return replicas.metrics
                .getGauges()
                .get("kafka.server:type=ReplicaAlterLogDirsManager,name=" + name + ",clientId=ReplicaAlterLogDirs")
                .getValue();
    }

    @Test
    void aReplicaIsMovedAndTheControllerHearsOfIt() {
        append("a", "b");
        moveTo("b");
        assertEquals(List.of("a", "b"), contents());
        assertEquals(2, partition.highWatermark());
        assertEquals(partition.log().directory().id(), moved.get(id()));
        assertNull(future());
        append("c");
        assertEquals(3, partition.highWatermark());
    }

    @Test
    void nothingHappensWhereItIsAlready() {
        ask("a");
        assertNull(future());
        assertTrue(moved.isEmpty());
    }

    @Test
    void appendsGoOnWhileItIsMovedBackAndForth() throws Exception {
        var done = new AtomicBoolean();
        var writer = CompletableFuture.supplyAsync(() -> {
            int count = 0;
            for (; !done.get(); count++) {
                append("v" + count);
                var waiter = new Waiter(Time.SYSTEM);
                long end = partition.log().logEndOffset();
                assertTrue(partition.awaitCommitted(end, waiter, Time.SYSTEM.deadlineAfterMs(30_000)));
                long deletable = count % 50 == 49 ? count - 20 : 0;
                if (deletable > 0) partition.deleteRecords(deletable);
                long last = end - 1;
                int size = partition
                        .read(last, 1 << 20, FetchIsolation.HIGH_WATERMARK, true, 0)
                        .records()
                        .sizeInBytes();
                assertNotEquals(0, size);
            }
            return count;
        });
        for (int i = 0; i < 10; i++) {
            moved.clear();
            moveTo(List.of("b", "c", "a").get(i % 3));
        }
        done.set(true);
        int count = writer.get(30, TimeUnit.SECONDS);
        int from = (int) partition.log().logStartOffset();
        assertEquals(IntStream.range(from, count).mapToObj(i -> "v" + i).toList(), contents());
    }

    @Test
    void aMoveToAnotherDirectoryTakesThePlaceOfTheFirst() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        PartitionLog first = future();
        ask("b");
        assertEquals(first, future(), "asked for once more");
        ask("c");
        assertEquals(path("c"), future().directory().path());
        replicas.manager.mover().updateConfig(new ReplicationConfig(1, 0, Long.MAX_VALUE));
        await(() -> place().equals("c"));
        assertEquals(50, contents().size());
        await(() -> gauge("FailedPartitionsCount").equals(0));
    }

    @Test
    void aMoveBackToWhereItIsEndsTheMove() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        await(() -> (long) gauge("MaxLag") > 0);
        ask("a");
        assertNull(future());
        await(() -> (long) gauge("MaxLag") == 0);
        assertEquals(0, gauge("FailedPartitionsCount"));
        append("more");
        assertEquals("a", place());
    }

    @Test
    void aThrottledMoveTakesItsTime() {
        restart(Map.of(RATE, "20000"));
        appendMuch();
        long before = Time.SYSTEM.nanoseconds();
        moveTo("b");
        long tookMs = (Time.SYSTEM.nanoseconds() - before) / 1_000_000;
        assertTrue(tookMs > 1000, "50 kB at 20 kB a second took " + tookMs + " ms");
    }

    @Test
    void aMoveGoesOnAfterARestart() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        await(() -> future().logEndOffset() > 0);
        restart(Map.of());
        await(() -> place().equals("b"));
        assertEquals(50, contents().size());
    }

    @Test
    void aCopyThatHasWhatTheLogLostInACrashIsCutOff() {
        restart(Map.of(RATE, "2000"));
        append("a", "b");
        appendMuch();
        ask("b");
        await(() -> future().logEndOffset() >= 4);
        replicas.close();
        // The log is shorter than its copy now, and goes on in another epoch.
        start(Map.of(RATE, "1"));
        replicas.logs.log(ORDERS).truncateTo(2);
        replicas.createTopic("orders", topicId);
        partition = replicas.partition("orders", 0);
        replicas.elect(topicId, 0, Replicas.BROKER);
        append("c", "d", "e");
        replicas.manager.mover().updateConfig(new ReplicationConfig(1, 0, Long.MAX_VALUE));
        await(() -> place().equals("b"));
        assertEquals(List.of("a", "b", "c", "d", "e"), contents());
    }

    @Test
    void aDeletedTopicIsNotMovedOn() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        replicas.deleteTopic(topicId);
        assertNull(future());
        await(() -> (long) gauge("MaxLag") == 0);
        assertEquals(0, gauge("FailedPartitionsCount"));
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION, refused(ORDERS, path("b").toString()));
    }

    @Test
    void aReplicaThatIsNotLedIsMovedOnWhenItIsLedAgain() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        replicas.elect(topicId, 0, 2);
        assertEquals(Errors.REPLICA_NOT_AVAILABLE, refused(ORDERS, path("c").toString()));
        replicas.manager.mover().updateConfig(new ReplicationConfig(1, 0, Long.MAX_VALUE));
        replicas.elect(topicId, 0, Replicas.BROKER);
        await(() -> partition.error() == Errors.NONE && place().equals("b"));
        assertEquals(50, contents().size());
    }

    @Test
    void aTargetThatFailsIsGivenUp() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        await(() -> future().logEndOffset() > 0);
        files.breakBelow(path("b"));
        assertThrows(DirectoryOfflineException.class, () -> future().roll());
        await(() -> (long) gauge("MaxLag") == 0);
        assertNull(future());
        append("more");
        assertEquals(51, contents().size());
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refused(ORDERS, path("b").toString()));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refused(ORDERS, path("c").toString()), "while one is offline");
    }

    @Test
    void aSourceThatFailsTakesThePartitionOffline() {
        restart(Map.of(RATE, "2000"));
        appendMuch();
        ask("b");
        files.breakBelow(path("a"));
        PartitionLog log = partition.log();
        assertThrows(DirectoryOfflineException.class, log::roll);
        await(() -> partition.error() == Errors.KAFKA_STORAGE_ERROR && (long) gauge("MaxLag") == 0);
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refused(ORDERS, path("b").toString()));
    }

    @Test
    void whatCannotBeMovedIsRefused() {
        assertEquals(Errors.LOG_DIR_NOT_FOUND, refused(ORDERS, path("nowhere").toString()));
        var unknown = new TopicPartition("unknown", 0);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION, refused(unknown, path("b").toString()));
        var long_ = new TopicPartition("t".repeat(240), 0);
        assertEquals(Errors.INVALID_TOPIC_EXCEPTION, refused(long_, path("b").toString()));
    }

    @Test
    void aPartitionThatIsNotThereYetIsCreatedWhereItIsWanted() {
        for (String name : List.of("c", "a", "b")) {
            var later = new TopicPartition("later-" + name, 0);
            assertEquals(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION, refused(later, path(name).toString()));
            replicas.createTopic(later.topic(), 1);
            assertEquals(
                    path(name),
                    replicas.partition(later.topic(), 0).log().directory().path());
        }
    }

    @Test
    void severalAreMovedAtOnce() {
        replicas.createTopic("many", 20);
        List<Partition> all = IntStream.range(0, 20)
                .mapToObj(i -> replicas.partition("many", i))
                .toList();
        all.forEach(each -> each.append(Replicas.records("a"), AppendOrigin.CLIENT, (short) 1));
        all.forEach(each ->
                replicas.manager.mover().move(each.topicPartition(), path("c").toString()));
        await(() -> all.stream().allMatch(each -> each.log().directory().path().equals(path("c"))));
        assertTrue(all.stream().allMatch(each -> each.highWatermark() == 1));
        assertFalse(replicas.logs.futures().all().iterator().hasNext());
    }
}
