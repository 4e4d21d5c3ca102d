package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.log.FileSystemCalls;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManagerConfig;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The controller on real directories. */
@Timeout(120)
final class DirectoryStorageTest {

    @TempDir
    private Path temporary;

    private final ManualScheduler scheduler = new ManualScheduler();
    private final MetadataCache cache = new MetadataCache();

    private final class Node implements AutoCloseable {

        final MetricRegistry metrics = new MetricRegistry();
        final LogDirectories directories;
        final StandaloneController controller;

        Node(String... configs) {
            this(FileSystemCalls.REAL, configs);
        }

        Node(FileSystemCalls files, String... configs) {
            Map<String, String> values = new HashMap<>();
            values.put("log.dirs", temporary.resolve("d1") + "," + temporary.resolve("d2"));
            for (int i = 0; i < configs.length; i += 2) values.put(configs[i], configs[i + 1]);
            ConfigDef definition = ControllerConfig.define(LogManagerConfig.define(new ConfigDef()));
            var parsed = new AbstractConfig(definition, values, false);
            directories = new LogDirectories(LogManagerConfig.from(parsed), Time.SYSTEM, metrics, files);
            directories.open(1);
            controller = new StandaloneController(
                    ControllerConfig.from(parsed),
                    new TestDefinitions(Map.of()),
                    directories,
                    cache,
                    new StandaloneController.Context(1, metrics, Time.SYSTEM, scheduler));
            controller.start();
            var registration = Fixture.registration(-1).setClusterId(directories.clusterId());
            long epoch = controller.registerBroker(registration).brokerEpoch();
            controller.brokerHeartbeat(new org.apache.kafka.common.message.BrokerHeartbeatRequestData()
                    .setBrokerId(1)
                    .setBrokerEpoch(epoch));
        }

        void create(String name) {
            controller.createTopics(Fixture.creation(Fixture.topic(name, 1, 1)));
        }

        @Override
        public void close() {
            controller.close();
            directories.close();
        }
    }

    /** A disk on which there is no room for files that end so. */
    private static FileSystemCalls withoutRoomFor(AtomicReference<String> suffix) {
        return (FileSystemCalls) Proxy.newProxyInstance(
                DirectoryStorageTest.class.getClassLoader(),
                new Class<?>[] {FileSystemCalls.class},
                (proxy, method, arguments) -> {
                    boolean opens = method.getName().equals("open");
                    if (opens && arguments[0].toString().endsWith(suffix.get()))
                        throw new FileSystemException(arguments[0].toString(), null, "No space left on device");
                    try {
                        return method.invoke(FileSystemCalls.REAL, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void a_snapshot_without_room_is_given_up_and_made_later() throws IOException {
        var full = new AtomicReference<>("nothing");
        try (var node = new Node(
                withoutRoomFor(full),
                "metadata.log.max.record.bytes.between.snapshots",
                "1",
                "metadata.log.max.snapshot.interval.ms",
                "0")) {
            scheduler.runOnce();
            int before = files(".checkpoint").size();
            full.set(".checkpoint.part");
            node.create("a");
            scheduler.runOnce();
            assertEquals(before, files(".checkpoint").size());
            assertEquals(List.of(), files(".part"));
            assertTrue(node.directories.all().getFirst().online());
            scheduler.runRepeated();
            scheduler.runOnce();
            assertEquals(before, files(".checkpoint").size(), "there is still no room");
            full.set("nothing");
            scheduler.runRepeated();
            scheduler.runOnce();
            assertEquals(before + 1, files(".checkpoint").size());
            scheduler.runRepeated();
            scheduler.runOnce();
            assertEquals(before + 1, files(".checkpoint").size(), "nothing is new");
        }
    }

    @Test
    void a_new_epoch_begins_though_there_is_no_room_to_note_it() {
        new Node().close();
        var full = new AtomicReference<>("quorum-state.tmp");
        try (var node = new Node(withoutRoomFor(full))) {
            node.create("a");
            assertEquals(2, cache.image().epoch());
        }
        full.set("nothing");
        try (var node = new Node(withoutRoomFor(full))) {
            node.create("b");
            assertEquals(3, cache.image().epoch());
            assertEquals(2, cache.image().topics().size());
        }
    }

    private Path log() {
        return temporary.resolve("d1").resolve("__cluster_metadata-0");
    }

    private List<String> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(log())) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void a_new_directory_is_formatted_as_kafka_does() throws IOException {
        try (var node = new Node()) {
            node.create("a");
        }
        byte[] bootstrap = Files.readAllBytes(temporary.resolve("d1").resolve("bootstrap.checkpoint"));
        assertEquals(ApacheFiles.read(ApacheFiles.BOOTSTRAP).length, bootstrap.length);
        assertArrayEquals(bootstrap, Files.readAllBytes(temporary.resolve("d2").resolve("bootstrap.checkpoint")));
        assertTrue(Files.readString(log().resolve("partition.metadata")).contains("AAAAAAAAAAAAAAAAAAAAAQ"));
        assertEquals(
                "{\"clusterId\":\"\",\"leaderId\":1,\"leaderEpoch\":1,\"votedId\":-1,\"appliedOffset\":0,"
                        + "\"currentVoters\":[{\"voterId\":1}],\"data_version\":0}",
                Files.readString(log().resolve("quorum-state")));
        assertFalse(Files.exists(temporary.resolve("d2").resolve("__cluster_metadata-0")));
    }

    @Test
    void what_was_written_is_there_again() {
        try (var node = new Node()) {
            node.create("a");
            node.create("b");
        }
        MetadataImage before = cache.image();
        try (var node = new Node()) {
            assertEquals(2, cache.image().topics().size());
            assertEquals(
                    before.topics().topic("a").id(),
                    cache.image().topics().topic("a").id());
            assertEquals(2, cache.image().epoch());
            node.create("c");
        }
    }

    @Test
    void a_torn_tail_is_cut_off() throws IOException {
        try (var node = new Node()) {
            node.create("a");
        }
        Path segment = log().resolve("00000000000000000000.log");
        byte[] whole = Files.readAllBytes(segment);
        for (int torn : new int[] {1, 30, 61, 80}) {
            Files.write(segment, whole, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            // The beginning of another batch, as a crash leaves it.
            Files.write(segment, java.util.Arrays.copyOf(whole, torn), StandardOpenOption.APPEND);
            try (var node = new Node()) {
                assertEquals(1, cache.image().topics().size());
                node.create("b");
                assertEquals(2, cache.image().topics().size());
            }
            whole = Files.readAllBytes(segment);
            try (var node = new Node()) {
                assertEquals(2, cache.image().topics().size());
                node.controller.deleteTopics(
                        new org.apache.kafka.common.message.DeleteTopicsRequestData().setTopicNames(List.of("b")));
            }
            whole = Files.readAllBytes(segment);
        }
    }

    @Test
    void snapshots_are_written_read_and_deleted_and_segments_with_them() throws IOException {
        String[] configs = {
            "metadata.log.max.record.bytes.between.snapshots", "1",
            "metadata.max.retention.bytes", "0",
            "metadata.log.segment.ms", "1"
        };
        try (var node = new Node(configs)) {
            for (int i = 0; i < 10; i++) {
                node.create("t" + i);
                scheduler.runOnce();
            }
            assertEquals(1, files(".checkpoint").size());
            assertFalse(files(".log").contains("00000000000000000000.log"));
        }
        try (var node = new Node(configs)) {
            assertEquals(10, cache.image().topics().size());
            node.create("last");
            scheduler.runOnce();
            node.create("one-more");
            scheduler.runOnce();
            assertTrue(cache.image().topics().topic("last") != null);
        }
        try (var node = new Node()) {
            assertEquals(12, cache.image().topics().size());
        }
    }
}
