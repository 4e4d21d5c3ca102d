package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendResult;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.NoRoomException;
import dev.heddle.replication.Partition;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole broker on a disk that is full: what it refuses, what it still does, and that it recovers. */
@Timeout(120)
class FullDiskTest {

    private static final Map<String, String> KEYS = Map.of(
            "log.cleaner.enable", "false",
            "log.segment.delete.delay.ms", "1",
            "log.initial.task.delay.ms", "3600000");

    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final TopicPartition BULK = new TopicPartition("bulk", 0);
    private static final String LARGE = "x".repeat(50_000);

    private final Ledger ledger = new Ledger();
    private SimulatedDisk disk = new SimulatedDisk();
    private SmallBroker broker;
    private Administration administration;

    @BeforeEach
    void start() {
        startBroker();
        administration.createOffsetsTopic();
        create("orders");
        create("bulk");
        append(ORDERS, "first");
        for (int i = 0; i < 5; i++) append(BULK, LARGE);
        administration.commitOffset("group", ORDERS, 1);
    }

    private void startBroker() {
        broker = new SmallBroker(disk, KEYS);
        broker.start(logs -> {});
        administration = new Administration(broker, ledger);
    }

    @AfterEach
    void stop() {
        disk.leaveFree();
        broker.close();
    }

    // ---- what clients do ----

    private void create(String name) {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1));
        var result = broker.parts.controller.createTopics(request).topics().find(name);
        assertEquals(0, result.errorCode(), result.errorMessage());
    }

    private void delete(String name) {
        var request = new DeleteTopicsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(List.of(new DeleteTopicState().setName(name)));
        var result = broker.parts.controller.deleteTopics(request).responses().find(name);
        assertEquals(0, result.errorCode(), result.errorMessage());
    }

    private AppendResult append(TopicPartition partition, String value) {
        Partition led = broker.parts.replicas.partition(partition);
        var record = new SimpleRecord(System.currentTimeMillis(), value.getBytes(StandardCharsets.UTF_8));
        AppendResult result =
                led.append(MemoryRecords.withRecords(Compression.NONE, record), AppendOrigin.CLIENT, (short) -1);
        assertTrue(led.awaitCommitted(result.endOffset(), new Waiter(Time.SYSTEM), SmallBroker.deadline()));
        return result;
    }

    private int count(TopicPartition partition) throws Exception {
        Partition led = broker.parts.replicas.partition(partition);
        int found = 0;
        var records = led.read(0, 1 << 20, FetchIsolation.HIGH_WATERMARK, true, -1)
                .records()
                .records();
        for (var batch : records.batches()) {
            batch.ensureValid();
            found += batch.countOrNull();
        }
        return found;
    }

    private void refused(TopicPartition partition) {
        assertThrows(NoRoomException.class, () -> append(partition, LARGE));
    }

    private static void until(BooleanSupplier condition) {
        long deadline = SmallBroker.deadline();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) throw new AssertionError("it never came true");
            Thread.yield();
        }
    }

    private void everyDirectoryIsOnline() {
        assertTrue(broker.parts.directories.all().stream().allMatch(LogDirectory::online));
        assertTrue(broker.broken.isEmpty());
    }

    // ---- the tests ----

    @Test
    void whatNeedsRoomIsRefusedAndToDeleteATopicMakesSome() throws Exception {
        disk.leaveFree(0);
        refused(ORDERS);
        refused(BULK);
        var image = broker.parts.metadata.image();
        var answer = assertThrows(AnswerException.class, () -> create("more"));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, answer.error());
        assertSame(image, broker.parts.metadata.image());
        answer = assertThrows(AnswerException.class, () -> administration.commitOffset("group", ORDERS, 2));
        assertEquals(Errors.NOT_COORDINATOR, answer.error());
        answer = assertThrows(AnswerException.class, () -> administration.commitOffset("new", ORDERS, 2));
        assertEquals(Errors.NOT_COORDINATOR, answer.error());
        assertEquals(1, administration.fetchOffset("group", ORDERS));
        assertEquals(-1, administration.fetchOffset("new", ORDERS));
        assertEquals(1, count(ORDERS));
        assertEquals(5, count(BULK));
        everyDirectoryIsOnline();

        delete("bulk");
        assertNull(broker.parts.metadata.image().topics().topic("bulk"));
        until(() -> disk.freeBytes() > 200_000);
        append(ORDERS, LARGE);
        administration.commitOffset("group", ORDERS, 2);
        assertEquals(2, administration.fetchOffset("group", ORDERS));
        create("more");
        append(new TopicPartition("more", 0), "a");
        assertEquals(2, count(ORDERS));
    }

    @Test
    void itStopsAndStartsOnAFullDiskAndServesWhatIsThere() throws Exception {
        disk.leaveFree(0);
        for (int i = 0; i < 5; i++) {
            broker.close();
            startBroker();
            everyDirectoryIsOnline();
            assertEquals(1, count(ORDERS));
            assertEquals(5, count(BULK));
            assertEquals(1, administration.fetchOffset("group", ORDERS));
            refused(ORDERS);
        }
        disk.leaveFree();
        append(ORDERS, LARGE);
        broker.close();
        startBroker();
        assertEquals(2, count(ORDERS));
    }

    @Test
    void itIsKilledAndStartsOnAFullDiskAndServesWhatIsThere() throws Exception {
        disk.leaveFree(0);
        for (int i = 0; i < 5; i++) {
            refused(ORDERS);
            SmallBroker before = broker;
            disk = disk.killProcess();
            disk.leaveFree(0);
            try {
                before.close();
            } catch (dev.heddle.common.HeddleException e) {
                assertFalse(broker.broken.isEmpty() && e.getMessage() == null);
            }
            startBroker();
            everyDirectoryIsOnline();
            assertEquals(1, count(ORDERS));
            assertEquals(5, count(BULK));
            assertEquals(1, administration.fetchOffset("group", ORDERS));
        }
        disk.leaveFree();
        append(ORDERS, LARGE);
        assertEquals(2, count(ORDERS));
    }

    @Test
    void alogThatCouldNotBeCreatedIsAsSoonAsThereIsRoom() {
        // There is room for what the metadata says of it, but not for its files.
        disk.trap((call, path) -> {
            if (call == DiskCall.CREATE_DIRECTORIES && path.endsWith("late-0"))
                throw new java.io.IOException("No space left on device");
        });
        create("late");
        var late = new TopicPartition("late", 0);
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> append(late, "a")).error());
        everyDirectoryIsOnline();
        assertNotNull(broker.parts.metadata.image().topics().topic("late"));
        disk.trap(SimulatedDisk.Trap.NONE);
        until(() -> broker.parts.replicas.replica(late).error() == Errors.NONE);
        append(late, "a");
        assertEquals(Uuid.ZERO_UUID.equals(broker.parts.logs.directoryIdOf(late)), false);
    }
}
