package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Of two log directories, the one that does not hold the metadata fails. */
@Timeout(60)
class FailedDirectoryTest {

    @TempDir
    Path directory;

    /** The directory whose files cannot be opened, renamed and so on any more. */
    private final BreakableFiles files = new BreakableFiles();

    private Replicas replicas;
    private Uuid topicId;
    private Partition healthy;
    private Partition failing;

    @BeforeEach
    void start() {
        Map<String, String> settings = Map.of("log.dirs", directory.resolve("a") + "," + directory.resolve("b"));
        replicas = Replicas.start(directory, settings, files.calls());
        topicId = replicas.createTopic("orders", 2);
        Partition one = replicas.partition("orders", 0);
        Partition other = replicas.partition("orders", 1);
        boolean firstIsInA = one.log().directory().path().endsWith("a");
        healthy = firstIsInA ? one : other;
        failing = firstIsInA ? other : one;
        assertNotEquals(
                healthy.log().directory().path(), failing.log().directory().path());
        append(failing);
    }

    @AfterEach
    void stop() {
        replicas.close();
    }

    private void append(Partition partition) {
        partition.append(Replicas.records("a"), AppendOrigin.CLIENT, (short) 1);
    }

    private void breakIt() {
        files.breakBelow(directory.resolve("b"));
        assertThrows(DirectoryOfflineException.class, () -> failing.log().roll());
    }

    @Test
    void itsPartitionsAnswerThatTheyAreOfflineAndAllOthersGoOn() {
        breakIt();
        assertEquals(Errors.KAFKA_STORAGE_ERROR, failing.error());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> append(failing)).error());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                assertThrows(AnswerException.class, () -> replicas.manager.partition(failing.topicPartition()))
                        .error());
        append(healthy);
        assertEquals(1, healthy.highWatermark());
        var gauges = replicas.metrics.getGauges();
        assertEquals(
                1,
                gauges.get("kafka.server:type=ReplicaManager,name=OfflineReplicaCount")
                        .getValue());
        assertEquals(
                1,
                gauges.get("kafka.server:type=ReplicaManager,name=LeaderCount").getValue());
    }

    @Test
    void whoWaitsForItsPartitionsIsWoken() {
        var waiter = new Waiter(Time.SYSTEM);
        failing.register(waiter);
        breakIt();
        assertEquals(Waiter.Outcome.WOKEN, waiter.await(Time.SYSTEM.deadlineAfterMs(30_000)));
        assertInstanceOf(Role.Offline.class, failing.role());
    }

    @Test
    void anElectionDoesNotBringItBack() {
        breakIt();
        int id = failing.topicPartition().partition();
        replicas.elect(topicId, id, Replicas.BROKER);
        assertEquals(Errors.KAFKA_STORAGE_ERROR, failing.error());
    }

    @Test
    void itsTopicCanBeDeletedAndCreatedAnew() {
        breakIt();
        replicas.deleteTopic(topicId);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, failing.error());
        replicas.createTopic("orders", 1);
        Partition anew = replicas.partition("orders", 0);
        append(anew);
        assertEquals(1, anew.highWatermark());
    }

    @Test
    void highWatermarksOfTheOthersAreStillWrittenDown() throws Exception {
        append(healthy);
        breakIt();
        replicas.manager.close();
        var lines = java.nio.file.Files.readAllLines(directory.resolve("a/replication-offset-checkpoint"));
        TopicPartition partition = healthy.topicPartition();
        assertEquals("orders " + partition.partition() + " 1", lines.getLast());
    }

    @Test
    void newTopicsAreCreatedBesideOneThatWasOfflineFromTheStart() {
        replicas.close();
        files.breakBelow(directory.resolve("b"));
        Map<String, String> settings = Map.of("log.dirs", directory.resolve("a") + "," + directory.resolve("b"));
        replicas = Replicas.start(directory, settings, files.calls());
        // What was there when it started may lie in the other directory; what comes later cannot.
        replicas.createTopic("old", 1);
        replicas.createTopic("new", 1);
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                replicas.manager.replica(new TopicPartition("old", 0)).error());
        append(replicas.partition("new", 0));
        assertEquals(1, replicas.partition("new", 0).highWatermark());
    }
}
