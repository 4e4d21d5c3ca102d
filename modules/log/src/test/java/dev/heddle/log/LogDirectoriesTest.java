package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Sanitizer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogDirectoriesTest {

    private static final int NODE = 7;

    @TempDir
    Path temporary;

    private final FaultyFiles files = new FaultyFiles();
    private final MetricRegistry metrics = new MetricRegistry();
    private final List<LogDirectories> opened = new ArrayList<>();

    @AfterEach
    void closeWhatIsOpen() {
        opened.forEach(LogDirectories::close);
    }

    private LogDirectories directories(FileSystemCalls through, String metadata, String... names) {
        List<Path> paths = Arrays.stream(names).map(temporary::resolve).toList();
        var config = new LogManagerConfig(
                paths,
                temporary.resolve(metadata),
                1,
                1,
                1,
                1,
                1,
                1,
                1,
                3_000,
                LogFixture.PRODUCERS,
                LogFixture.CLEANER);
        var directories = new LogDirectories(config, new ManualTime(0), metrics, through);
        opened.add(directories);
        return directories;
    }

    private LogDirectories open(String... names) {
        LogDirectories directories = directories(files, names[0], names);
        directories.open(NODE);
        return directories;
    }

    private void closeAll() {
        closeWhatIsOpen();
        opened.clear();
    }

    private void assertStops(String reason, Runnable start) {
        String message = assertThrows(StopBrokerException.class, start::run).getMessage();
        assertTrue(message.contains(reason), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void newDirectoriesAreCreatedAndFormatted() throws Exception {
        LogDirectories directories = open("a/b", "c");
        assertEquals(2, directories.all().size());
        assertEquals(temporary.resolve("a/b"), directories.metadataDirectory());
        LogDirectory first = directories.all().getFirst();
        LogDirectory second = directories.all().getLast();
        assertNotEquals(first.id(), second.id());
        assertEquals(22, directories.clusterId().length());
        assertEquals(
                new MetaProperties(directories.clusterId(), NODE, first.id()),
                MetaProperties.read(files, first.path()));
        assertEquals(
                new MetaProperties(directories.clusterId(), NODE, second.id()),
                MetaProperties.read(files, second.path()));
        assertTrue(first.online());
        assertTrue(first.totalBytes() >= first.usableBytes() && first.usableBytes() > 0);
    }

    @Test
    void theNameOfANewDirectoryIsDurableBeforeAnythingIsInIt() {
        open("a/b");
        List<String> calls = files.calls();
        int formatted = calls.indexOf("FORCE meta.properties.tmp");
        for (Path parent = temporary.resolve("a"); parent.getFileName() != null; parent = parent.getParent()) {
            int synced = calls.indexOf("SYNC_DIRECTORY " + parent.getFileName());
            assertTrue(synced >= 0 && synced < formatted, parent + " in " + calls);
        }
        closeAll();
        calls.clear();
        open("a/b");
        assertFalse(calls.contains("SYNC_DIRECTORY a"));
    }

    @Test
    void directoriesKeepTheirIdentityAndANewOneJoinsTheirCluster() {
        LogDirectories before = open("a");
        String cluster = before.clusterId();
        Uuid id = before.all().getFirst().id();
        closeAll();
        LogDirectories after = open("a", "b");
        assertEquals(cluster, after.clusterId());
        assertEquals(id, after.all().getFirst().id());
        assertNotEquals(LogDirectory.LOST, after.all().getLast().id());
    }

    @Test
    void aDirectoryWithoutIdGetsOne() throws Exception {
        Files.createDirectory(temporary.resolve("a"));
        Files.writeString(temporary.resolve("a/meta.properties"), "version=1\nnode.id=7\ncluster.id=abc\n");
        Uuid id = open("a").all().getFirst().id();
        assertEquals(new MetaProperties("abc", NODE, id), MetaProperties.read(files, temporary.resolve("a")));
    }

    @Test
    void theMetadataLogMayHaveADirectoryOfItsOwn() {
        LogDirectories directories = directories(files, "m", "a");
        directories.open(NODE);
        assertEquals(temporary.resolve("m"), directories.metadataDirectory());
        assertEquals(1, directories.all().size());
        assertNotEquals(LogDirectory.LOST, directories.metadataLogDirectory().id());
        assertStops("in use", () -> open("m"));
    }

    @Test
    void theMetadataDirectoryIsTheSameAsTheLogDirectoryOfThatPath() {
        LogDirectories directories = directories(files, "x/../b", "a", "b");
        assertSame(directories.all().getLast(), directories.metadataLogDirectory());
    }

    @Test
    void aDirectoryInUseStopsTheStart() {
        open("a");
        assertStops("is in use by another broker", () -> open("b", "a"));
        closeAll();
        open("b", "a");
    }

    @Test
    void aStartThatFailsLeavesNoLockBehind() throws Exception {
        open("a");
        closeAll();
        Files.createDirectory(temporary.resolve("b"));
        Files.writeString(temporary.resolve("b/meta.properties"), "version=1\nnode.id=8\ncluster.id=abc\n");
        assertStops("belongs to node 8, but node.id is 7", () -> open("a", "b"));
        open("a");
        closeAll();
        assertEquals(0, files.openChannels());
    }

    @Test
    void directoriesOfTwoClustersStopTheStart() throws Exception {
        open("a");
        closeAll();
        open("b");
        closeAll();
        assertStops("others to cluster", () -> open("a", "b"));
    }

    @Test
    void aCopiedDirectoryStopsTheStart() throws Exception {
        open("a");
        closeAll();
        Files.createDirectory(temporary.resolve("b"));
        Files.copy(temporary.resolve("a/meta.properties"), temporary.resolve("b/meta.properties"));
        assertStops("have the same directory.id", () -> open("a", "b"));
    }

    @Test
    void metaPropertiesThatCannotBeReadStopTheStart() throws Exception {
        Files.createDirectory(temporary.resolve("a"));
        Files.writeString(temporary.resolve("a/meta.properties"), "version=1\n");
        assertStops("it has no cluster.id", () -> open("a"));
    }

    @Test
    void aDirectoryThatHoldsLogsIsNotFormatted() throws Exception {
        Files.createDirectories(temporary.resolve("a/orders-0"));
        assertStops("holds logs, such as orders-0, but no meta.properties", () -> open("a"));
        assertFalse(Files.exists(temporary.resolve("a/meta.properties")));
    }

    @Test
    void aFileInPlaceOfADirectoryStopsTheStart() throws Exception {
        Files.writeString(temporary.resolve("a"), "");
        String path = temporary.resolve("a").toString();
        assertStops("Log directory " + path + " cannot be used: " + path + " is not a directory", () -> open("a"));
    }

    @Test
    void aDirectoryThatFailsAtTheStartGoesOfflineAlone() throws Exception {
        Files.writeString(temporary.resolve("b"), "");
        LogDirectories directories = open("a", "b");
        assertTrue(directories.all().getFirst().online());
        LogDirectory failed = directories.all().getLast();
        assertFalse(failed.online());
        assertEquals(LogDirectory.LOST, failed.id());
        assertEquals(-1, failed.totalBytes());
        assertEquals(-1, failed.usableBytes());
        assertEquals(1, gauge("OfflineLogDirectoryCount"));
        assertEquals(0, gauge("LogDirectoryOffline,logDirectory=" + quoted("a")));
        assertEquals(1, gauge("LogDirectoryOffline,logDirectory=" + quoted("b")));
    }

    private String quoted(String name) {
        return Sanitizer.jmxSanitize(temporary.resolve(name).toString());
    }

    @SuppressWarnings("unchecked")
    private int gauge(String name) {
        return ((Gauge<Integer>) metrics.getGauges().get("kafka.log:type=LogManager,name=" + name)).getValue();
    }

    @Test
    void theMetadataDirectoryMustBeUsable() throws Exception {
        Files.writeString(temporary.resolve("a"), "");
        assertStops("the metadata log is there", () -> open("a", "b"));
    }

    @Test
    void oneDirectoryMustBeUsable() throws Exception {
        Files.writeString(temporary.resolve("a"), "");
        LogDirectories directories = directories(files, "m", "a");
        assertStops("can be used", () -> directories.open(NODE));
    }

    @Test
    void aDirectoryThatCannotBeFormattedGoesOffline() {
        LogDirectories directories = directories(files, "a", "a", "b");
        files.failNext(FaultyFiles.Call.RENAME);
        assertStops("the metadata log is there", () -> directories.open(NODE));
    }

    @Test
    void everyFailingCallAtTheStartEndsInOneLineAndLeavesNothingOpen() {
        for (FaultyFiles.Call call : FaultyFiles.Call.values()) {
            if (call == FaultyFiles.Call.DELETE || call == FaultyFiles.Call.TRUNCATE) continue;
            var failing = new FaultyFiles();
            failing.failAll(call);
            LogDirectories directories = directories(failing, "new-" + call, "new-" + call);
            try {
                directories.open(NODE);
                assertEquals(0, failing.count(call), call + " was made to fail");
            } catch (StopBrokerException e) {
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
            }
            directories.close();
            assertEquals(0, failing.openChannels());
        }
    }

    @Test
    void metricsGoWithTheDirectories() {
        open("a");
        assertEquals(2, metrics.getGauges().size());
        closeAll();
        assertEquals(0, metrics.getGauges().size());
    }

    // A directory that fails later

    @Test
    void aDirectoryGoesOfflineOnceAndTellsEveryone() {
        var directory = new LogDirectory(files, temporary, Time.SYSTEM, LogFixture.LIMITS);
        var told = new ArrayList<LogDirectory>();
        directory.onOffline(told::add);
        directory.onOffline(told::add);
        directory.ensureOnline();
        var cause = new IOException("the disk is gone");
        DirectoryOfflineException first = directory.failed("append to orders-0", cause);
        assertEquals(temporary, first.directory());
        assertSame(cause, first.getCause());
        assertTrue(first.getMessage().contains("append to orders-0"), first.getMessage());
        directory.failed("read", new IOException("another"));
        assertEquals(List.of(directory, directory), told);
        assertFalse(directory.online());
        var later = assertThrows(DirectoryOfflineException.class, directory::ensureOnline);
        assertSame(cause, later.getCause());
    }
}
