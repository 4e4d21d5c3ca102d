package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.StopBrokerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LogManagerTest {

    private static final Uuid ORDERS = new Uuid(1, 1);
    private static final long RETENTION_CHECK_MS = 300_000;

    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(LogFixture.START_MS);
    private final MetricRegistry metrics = new MetricRegistry();
    private final FaultyFiles files = new FaultyFiles();
    private ManualScheduler scheduler;
    private LogManagerConfig config;
    private LogDirectories directories;
    private LogManager manager;

    @BeforeEach
    void start() {
        start(Map.of());
    }

    private void start(Map<String, Map<String, String>> overrides) {
        scheduler = new ManualScheduler(time);
        config = new LogManagerConfig(
                List.of(root.resolve("d1"), root.resolve("d2")),
                root.resolve("d1"),
                2,
                Long.MAX_VALUE,
                60_000,
                60_000,
                RETENTION_CHECK_MS,
                30_000,
                600_000,
                3_000,
                LogFixture.PRODUCERS,
                LogFixture.CLEANER);
        directories = new LogDirectories(config, time, metrics, files);
        directories.open(1);
        manager = new LogManager(
                config, directories, LogFixture.config(Map.of("retention.ms", "1000")), time, scheduler, metrics);
        manager.startup(topic -> overrides.getOrDefault(topic, Map.of()));
    }

    @AfterEach
    void stop() {
        manager.close();
        directories.close();
    }

    private void restart() {
        stop();
        start();
    }

    /** As a kill does: nothing is closed or written. */
    private void crash() {
        manager.logs().forEach(PartitionLog::abandon);
        directories.close();
        start();
    }

    private static TopicPartition orders(int partition) {
        return new TopicPartition("orders", partition);
    }

    private PartitionLog create(int partition) {
        return manager.getOrCreate(orders(partition), ORDERS);
    }

    private PartitionLog known(int partition) {
        PartitionLog log = manager.log(orders(partition));
        assertNotNull(log);
        return log;
    }

    private Path pathOf(int partition) {
        PartitionLog log = manager.log(orders(partition));
        assertNotNull(log);
        return log.directory().path().resolve("orders-" + partition);
    }

    @Test
    void logsAreSpreadOverTheDirectories() {
        for (int i = 0; i < 6; i++) create(i);
        for (LogDirectory directory : directories.all()) {
            assertEquals(
                    3,
                    manager.logs().stream()
                            .filter(log -> log.directory() == directory)
                            .count());
        }
        assertSame(create(0), known(0));
        assertEquals(known(0).directory().id(), manager.directoryIdOf(orders(0)));
        assertEquals(Uuid.ZERO_UUID, manager.directoryIdOf(orders(99)));
    }

    @Test
    void newLogsWaitForNoDisk() {
        int forces = files.count(FaultyFiles.Call.FORCE);
        int syncs = files.count(FaultyFiles.Call.SYNC_DIRECTORY);
        for (int i = 0; i < 4; i++) create(i).assignEpoch(0);
        assertEquals(forces, files.count(FaultyFiles.Call.FORCE));
        assertEquals(syncs, files.count(FaultyFiles.Call.SYNC_DIRECTORY));
    }

    @Test
    void theFirstFlushMakesALogDurableByName() {
        PartitionLog log = create(0);
        append(log, "a");
        files.calls().clear();
        log.flush();
        String directory = log.directory().path().getFileName().toString();
        assertTrue(files.calls()
                .containsAll(
                        List.of("FORCE partition.metadata", "SYNC_DIRECTORY orders-0", "SYNC_DIRECTORY " + directory)));
        append(log, "b");
        files.calls().clear();
        log.flush();
        assertFalse(files.calls().contains("FORCE partition.metadata"));
        assertFalse(files.calls().contains("SYNC_DIRECTORY " + directory));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "version: 0", "version: 0\ntopic_id: AAAA"})
    void aLogWithoutRecordsWhoseTopicIdWasLostIsCreatedAnew(String torn) throws Exception {
        create(0);
        append(create(1), "b");
        Path path = pathOf(0);
        tear(path, torn);
        crash();
        assertNull(manager.log(orders(0)));
        assertFalse(manager.isOffline(orders(0)));
        assertFalse(Files.exists(path));
        assertEquals(List.of("0=b"), contents(known(1)));

        append(create(0), "a");
        restart();
        assertEquals(List.of("0=a"), contents(known(0)));
        assertEquals(ORDERS, known(0).topicId());
    }

    private static void tear(Path partition, String content) throws IOException {
        Path file = partition.resolve("partition.metadata");
        if (content == null) Files.delete(file);
        else Files.writeString(file, content);
    }

    /** The blocks of a log's files reach the disk in any order. */
    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "version: 0"})
    void aLogWithRecordsWhoseTopicIdWasLostGetsItFromWhoLeads(String torn) throws Exception {
        append(create(0), "a");
        tear(pathOf(0), torn);
        crash();
        assertEquals(Uuid.ZERO_UUID, known(0).topicId());
        assertEquals(ORDERS, create(0).topicId());
        assertEquals(List.of("0=a"), contents(known(0)));

        files.calls().clear();
        append(known(0), "b");
        known(0).flush();
        assertTrue(files.calls().contains("FORCE partition.metadata"));
        crash();
        assertEquals(ORDERS, known(0).topicId());
        assertEquals(List.of("0=a", "1=b"), contents(known(0)));
    }

    @Test
    void whatADirectoryHoldsThatCannotBeListedIsNotCreatedElsewhere() throws Exception {
        append(create(0), "a");
        manager.checkpointRecoveryPoints();
        manager.logs().forEach(PartitionLog::abandon);
        directories.close();
        directories = new LogDirectories(config, time, metrics, files);
        directories.open(1);
        manager = new LogManager(config, directories, LogFixture.config(Map.of()), time, scheduler, metrics);
        files.failNext(FaultyFiles.Call.LIST);
        manager.startup(topic -> Map.of());
        assertEquals(1, directories.all().stream().filter(LogDirectory::online).count());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> create(0)).error());
    }

    @Test
    void aTopicIdThatWasSyncedAndIsTornIsTheDisksFault() throws Exception {
        append(create(0), "a");
        known(0).flush();
        manager.checkpointRecoveryPoints();
        tear(pathOf(0), "");
        crash();
        assertTrue(manager.isOffline(orders(0)));
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> create(0)).error());
        assertTrue(directories.all().stream().allMatch(LogDirectory::online));
    }

    @Test
    void aTopicIdThatIsTornAfterACleanShutdownIsTheDisksFault() throws Exception {
        create(0);
        Path path = pathOf(0);
        stop();
        tear(path, "");
        start();
        assertTrue(manager.isOffline(orders(0)));
        assertTrue(Files.exists(path));
    }

    @Test
    void aCleanShutdownMakesEmptyLogsDurable() throws Exception {
        create(0).assignEpoch(5);
        Path path = pathOf(0);
        files.calls().clear();
        manager.close();
        assertTrue(files.calls()
                .containsAll(List.of(
                        "FORCE partition.metadata",
                        "SYNC_DIRECTORY orders-0",
                        "SYNC_DIRECTORY " + path.getParent().getFileName(),
                        "FORCE leader-epoch-checkpoint.tmp")));
        assertEquals("0\n1\n5 0\n", Files.readString(path.resolve("leader-epoch-checkpoint")));
    }

    @Test
    void aCleanShutdownWritesTheEpochThatBeganInALogThatIsAsItWas() throws Exception {
        append(create(0), "a");
        restart();
        known(0).assignEpoch(9);
        Path path = pathOf(0);
        files.calls().clear();
        restart();
        assertEquals("0\n2\n3 0\n9 1\n", Files.readString(path.resolve("leader-epoch-checkpoint")));
        assertFalse(files.calls().contains("FORCE 00000000000000000000.log"));
        assertEquals(OptionalInt.of(9), known(0).latestEpoch());

        files.calls().clear();
        restart();
        assertFalse(files.calls().contains("FORCE leader-epoch-checkpoint.tmp"), "nothing has changed");
    }

    @Test
    void aLogThatIsCreatedAnewDoesNotInheritAnOldStartOffset() throws Exception {
        PartitionLog log = create(0);
        append(log, LogFixture.values("old", 50));
        log.updateHighWatermark(50);
        log.deleteRecordsBefore(40);
        manager.checkpointStartOffsets();
        Path path = pathOf(0);
        manager.logs().forEach(PartitionLog::abandon);
        directories.close();
        deleteAll(path);
        start();
        append(create(0), "new");
        crash();
        assertEquals(List.of("0=new"), contents(known(0)));
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.toList()) Files.delete(file);
        }
        Files.delete(directory);
    }

    @Test
    void anotherTopicsLogIsNotHandedOut() {
        create(0);
        var refused = assertThrows(AnswerException.class, () -> manager.getOrCreate(orders(0), new Uuid(2, 2)));
        assertEquals(Errors.INCONSISTENT_TOPIC_ID, refused.error());
    }

    @Test
    void afterACleanShutdownEverythingIsThereAndNothingIsRecovered() {
        for (int i = 0; i < 4; i++) append(create(i), "a", "b");
        known(0).updateHighWatermark(2);
        known(0).deleteRecordsBefore(1);
        manager.close();
        for (String name : List.of("d1", "d2")) {
            assertTrue(Files.exists(root.resolve(name).resolve(".kafka_cleanshutdown")));
        }
        directories.close();
        start();
        assertEquals(4, manager.logs().size());
        for (int i = 1; i < 4; i++) assertEquals(List.of("0=a", "1=b"), contents(known(i)));
        assertEquals(List.of("1=b"), contents(known(0)));
        assertEquals(ORDERS, known(2).topicId());
        assertEquals(2, known(0).recoveryPoint());
        assertFalse(Files.exists(root.resolve("d1").resolve(".kafka_cleanshutdown")));
    }

    @Test
    void afterACrashTornTailsAreCutOff() throws Exception {
        append(create(0), "a", "b");
        append(create(1), "c");
        append(known(0), "torn");
        Path file = LogFileNames.logFile(pathOf(0), 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(file) - 3);
        }
        crash();
        assertEquals(List.of("0=a", "1=b"), contents(known(0)));
        assertEquals(List.of("0=c"), contents(known(1)));
    }

    @Test
    void aLogThatIsDamagedBelowItsRecoveryPointStaysOfflineAlone() throws Exception {
        append(create(0), "a", "b");
        append(create(1), "c");
        append(known(0), "d");
        known(0).flush();
        manager.checkpointRecoveryPoints();
        Path file = LogFileNames.logFile(pathOf(0), 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[20]), 70);
        }
        crash();
        assertNull(manager.log(orders(0)));
        assertTrue(manager.isOffline(orders(0)));
        assertFalse(manager.isOffline(orders(1)));
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> create(0)).error());
        assertEquals(List.of("0=c"), contents(known(1)));
        assertTrue(directories.all().stream().allMatch(LogDirectory::online));

        // A clean shutdown must not make it look sound.
        Path directory = file.getParent().getParent();
        manager.close();
        assertFalse(Files.exists(directory.resolve(".kafka_cleanshutdown")));
        directories.close();
        start();
        assertTrue(manager.isOffline(orders(0)));
    }

    @Test
    void aDeletedLogIsGoneAtOnceAndItsFilesLater() throws Exception {
        PartitionLog log = create(0);
        append(log, "a");
        Path path = pathOf(0);
        manager.delete(orders(0));
        assertNull(manager.log(orders(0)));
        assertFalse(Files.exists(path));
        assertEquals(1, deletedDirectories());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                assertThrows(AnswerException.class, () -> append(log, "b")).error());
        time.advance(60_000);
        scheduler.runDue();
        assertEquals(0, deletedDirectories());
    }

    private long deletedDirectories() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> path.toString().endsWith("-delete")).count();
        }
    }

    @Test
    void whatAnEarlierRunWasDeletingIsDeletedByTheNext() throws Exception {
        append(create(0), "a");
        manager.delete(orders(0));
        restart();
        assertNull(manager.log(orders(0)));
        assertEquals(1, deletedDirectories());
        time.advance(60_000);
        scheduler.runDue();
        assertEquals(0, deletedDirectories());
    }

    @Test
    void aTopicCreatedAnewDoesNotInheritOldCheckpoints() {
        for (int i = 0; i < 2; i++) append(create(i), LogFixture.values("old", 50));
        known(0).flush();
        known(1).flush();
        manager.checkpointRecoveryPoints();
        manager.delete(orders(0));
        append(create(0), "new");
        crash();
        assertEquals(List.of("0=new"), contents(known(0)));
        assertTrue(known(0).recoveryPoint() <= 1);
    }

    @Test
    void aTruncationIsCheckpointedBeforeAnythingIsAppended() throws Exception {
        append(create(0), "a");
        append(known(0), "b");
        append(known(0), "c");
        known(0).flush();
        manager.checkpointRecoveryPoints();
        known(0).truncateTo(1);
        append(known(0), "torn");
        Path file = LogFileNames.logFile(pathOf(0), 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(file) - 3);
        }
        crash();
        assertEquals(List.of("0=a"), contents(known(0)));
    }

    @Test
    void aFailedDirectoryGoesOfflineAlone() {
        PartitionLog first = create(0);
        PartitionLog second = create(1);
        append(first, "a");
        append(second, "b");
        files.failNext(FaultyFiles.Call.WRITE);
        assertThrows(DirectoryOfflineException.class, () -> append(first, "x"));
        scheduler.runDue();

        assertFalse(first.directory().online());
        assertNull(manager.log(orders(0)));
        assertTrue(manager.isOffline(orders(0)));
        assertEquals(first.directory().id(), manager.directoryIdOf(orders(0)));
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> create(0)).error());
        append(second, "c");
        assertEquals(List.of("0=b", "1=c"), contents(second));
        // New ones go where there is a directory.
        assertSame(second.directory(), create(7).directory());
        assertEquals(
                1,
                metrics.getGauges()
                        .get("kafka.log:type=LogManager,name=OfflineLogDirectoryCount")
                        .getValue());
    }

    @Test
    void withADirectoryOfflineFromTheStartOnlyNewPartitionsAreCreated() throws Exception {
        append(create(0), "a");
        append(create(1), "b");
        stop();
        Path broken = root.resolve("d2");
        Files.move(broken, root.resolve("aside"));
        Files.writeString(broken, "no directory");
        start();
        int missing = manager.log(orders(0)) == null ? 0 : 1;
        assertTrue(manager.isOffline(orders(missing)));
        assertThrows(AnswerException.class, () -> create(missing));
        assertNotNull(manager.getOrCreate(orders(5), ORDERS, true, Uuid.ZERO_UUID));
    }

    @Test
    void retentionRunsInTheBackground() {
        PartitionLog log = create(0);
        append(log, "a");
        log.updateHighWatermark(1);
        time.advance(30_000);
        scheduler.runDue();
        assertEquals(1, log.logStartOffset());
        assertTrue(scheduler.waiting().contains("kafka-log-retention"));
    }

    @Test
    void checkpointsAreWrittenInTheBackground() throws Exception {
        PartitionLog log = create(0);
        append(log, "a", "b");
        log.flush();
        time.advance(30_000);
        scheduler.runDue();
        Path checkpoint = log.directory().path().resolve("recovery-point-offset-checkpoint");
        assertTrue(Files.readAllLines(checkpoint).contains("orders 0 2"));
    }

    @Test
    void changedOverridesReachTheLogsOfTheTopic() {
        PartitionLog log = create(0);
        assertEquals(1000, log.config().retentionMs());
        manager.updateTopicConfig("orders", Map.of("retention.ms", "77"));
        assertEquals(77, log.config().retentionMs());
        assertEquals(77, create(1).config().retentionMs());
        manager.updateTopicConfig("orders", Map.of());
        assertEquals(1000, log.config().retentionMs());
    }

    @Test
    void whatHoldsForProducersChangesInTheLogsThatAreThere() {
        PartitionLog log = create(0);
        log.appendAsLeader(LogFixture.idempotent(5, (short) 0, 0, "a"), 0, AppendOrigin.CLIENT);
        time.advance(30_000);
        log.removeExpiredProducers();
        assertEquals(1, log.producerIdCount());
        manager.updateProducerStateConfig(new ProducerStateConfig(30_000, 900_000, false));
        log.removeExpiredProducers();
        assertEquals(0, log.producerIdCount());
    }

    @Test
    void verificationOfTransactionsCanBeSwitchedWhileLogsAreInUse() {
        PartitionLog log = create(0);
        manager.updateProducerStateConfig(new ProducerStateConfig(86_400_000, 900_000, true));
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE, 5, (short) 0, 0, LogFixture.record(LogFixture.START_MS, "a"));
        Executable append = () -> log.appendAsLeader(records, 0, AppendOrigin.CLIENT);
        var refused = assertThrows(AnswerException.class, append);
        assertEquals(Errors.INVALID_TXN_STATE, refused.error());
        manager.updateProducerStateConfig(LogFixture.PRODUCERS);
        assertDoesNotThrow(append);
    }

    @Test
    void overridesAreKnownWhenLogsAreLoaded() {
        create(0);
        stop();
        start(Map.of("orders", Map.of("retention.ms", "5")));
        assertEquals(5, known(0).config().retentionMs());
    }

    @Test
    void aLogThatIsThereTwiceStopsTheStart() throws Exception {
        append(create(0), "a");
        Path path = pathOf(0);
        Path other = path.getParent().getFileName().toString().equals("d1") ? root.resolve("d2") : root.resolve("d1");
        stop();
        Files.createDirectory(other.resolve("orders-0"));
        for (Path file : FileSystemCalls.REAL.list(path)) {
            Files.copy(file, other.resolve("orders-0").resolve(file.getFileName()));
        }
        directories = new LogDirectories(config, time, metrics, files);
        directories.open(1);
        manager = new LogManager(config, directories, LogFixture.config(Map.of()), time, scheduler, metrics);
        var stopped = assertThrows(StopBrokerException.class, () -> manager.startup(topic -> Map.of()));
        assertTrue(String.valueOf(stopped.getMessage()).contains("orders-0"));
    }

    @Test
    void foreignDirectoriesAreLeftAlone() throws Exception {
        stop();
        Files.createDirectory(root.resolve("d1").resolve("lost+found"));
        start();
        assertEquals(0, manager.logs().size());
        assertTrue(Files.exists(root.resolve("d1").resolve("lost+found")));
    }

    @Test
    void theMarkerNamesTheBrokersEpoch() throws Exception {
        manager.brokerEpoch(42);
        manager.close();
        assertEquals(
                "{\"version\":0,\"brokerEpoch\":42}",
                Files.readString(root.resolve("d1").resolve(".kafka_cleanshutdown")));
    }

    @Test
    void theEpochBeforeACleanShutdownIsKnownAndNoOther() throws Exception {
        manager.brokerEpoch(42);
        restart();
        assertEquals(42, manager.previousBrokerEpoch());
        manager.brokerEpoch(43);
        stop();
        Files.writeString(root.resolve("d1").resolve(".kafka_cleanshutdown"), "{\"version\":0,\"brokerEpoch\":7}");
        start();
        assertEquals(-1, manager.previousBrokerEpoch());
        stop();
        Files.delete(root.resolve("d1").resolve(".kafka_cleanshutdown"));
        start();
        assertEquals(-1, manager.previousBrokerEpoch());
    }

    @Test
    void aLogOutsideTheManagerIsOpenedAndClosedByItself() {
        var metadata = new TopicPartition("__cluster_metadata", 0);
        PartitionLog log = directories.openLog(metadata, new Uuid(0, 1), manager.defaultConfig(), scheduler);
        append(log, "a");
        log.close();
        restart();
        assertNull(manager.log(metadata));
        PartitionLog again = directories.openLog(metadata, new Uuid(0, 1), manager.defaultConfig(), scheduler);
        assertEquals(List.of("0=a"), contents(again));
        again.close();
    }

    @Test
    void aLogOutsideTheManagerWhoseTopicIdIsTornGetsItAnew() throws Exception {
        var metadata = new TopicPartition("__cluster_metadata", 0);
        PartitionLog log = directories.openLog(metadata, new Uuid(0, 1), manager.defaultConfig(), scheduler);
        append(log, "a");
        Path path = log.directory().path().resolve("__cluster_metadata-0");
        log.abandon();
        tear(path, "");
        crash();
        PartitionLog again = directories.openLog(metadata, new Uuid(0, 1), manager.defaultConfig(), scheduler);
        assertEquals(List.of("0=a"), contents(again));
        assertEquals(new Uuid(0, 1), again.topicId());
        assertEquals(new Uuid(0, 1), PartitionMetadataFile.read(files, path));
        again.close();
    }

    @Test
    void nothingStaysOpenAfterShutdown() {
        for (int i = 0; i < 10; i++) append(create(i), "a");
        stop();
        assertEquals(0, files.openChannels());
    }
}
