package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFileNamesTest {

    private static final TopicPartition ORDERS = new TopicPartition("my-orders.v2", 13);

    @Test
    void filesAreNamedAfterTheirOffset() {
        Path directory = Path.of("orders-0");
        assertEquals(directory.resolve("00000000000000000042.log"), LogFileNames.logFile(directory, 42));
        assertEquals(directory.resolve("00000000000000000000.index"), LogFileNames.offsetIndexFile(directory, 0));
        assertEquals(
                directory.resolve("09223372036854775807.timeindex"),
                LogFileNames.timeIndexFile(directory, Long.MAX_VALUE));
        assertEquals(
                directory.resolve("00000000001234567890.txnindex"),
                LogFileNames.transactionIndexFile(directory, 1_234_567_890));
        assertEquals(
                directory.resolve("00000000000000000007.snapshot"), LogFileNames.producerSnapshotFile(directory, 7));
    }

    @Test
    void theOffsetIsReadFromTheName() {
        assertEquals(42, LogFileNames.offsetOf(Path.of("x/00000000000000000042.log")));
        assertEquals(42, LogFileNames.offsetOf(Path.of("00000000000000000042.log.deleted")));
        assertEquals(Long.MAX_VALUE, LogFileNames.offsetOf(Path.of("09223372036854775807.index")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"leader-epoch-checkpoint", "a.log", ".log", "-1.log", "99999999999999999999.log", "1_0.log"})
    void aNameWithoutOffsetHasNone(String name) {
        assertEquals(-1, LogFileNames.offsetOf(Path.of(name)));
    }

    @Test
    void aPartitionIsReadFromTheNameOfItsDirectory() {
        assertEquals("my-orders.v2-13", LogFileNames.partitionDirectory(ORDERS));
        assertEquals(ORDERS, LogFileNames.partitionOf(Path.of("data/my-orders.v2-13")));
        Path deleted = Path.of(LogFileNames.deletedDirectory(ORDERS));
        assertTrue(LogFileNames.isDeletedDirectory(deleted));
        assertEquals(ORDERS, LogFileNames.partitionOf(deleted));
        Path future = Path.of(LogFileNames.futureDirectory(ORDERS));
        assertTrue(LogFileNames.isFutureDirectory(future));
        assertEquals(ORDERS, LogFileNames.partitionOf(future));
        Path stray = Path.of(LogFileNames.strayDirectory(ORDERS));
        assertTrue(LogFileNames.isStrayDirectory(stray));
        assertFalse(LogFileNames.isDeletedDirectory(stray));
        assertEquals(ORDERS, LogFileNames.partitionOf(stray));
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "-0", "orders-", "orders-x", "orders--", "meta.properties", "orders-99999999999"})
    void otherNamesAreNoPartitions(String name) {
        assertNull(LogFileNames.partitionOf(Path.of(name)));
    }

    @Test
    void aTopicMayBeNamedLikeADeletedOne() {
        var partition = new TopicPartition("a.b-delete", 0);
        Path directory = Path.of(LogFileNames.partitionDirectory(partition));
        assertFalse(LogFileNames.isDeletedDirectory(directory));
        assertEquals(partition, LogFileNames.partitionOf(directory));
    }

    @Test
    void theNameOfADeletedDirectoryIsUniqueAndFitsWhateverTheTopicsName() {
        var longest = new TopicPartition("t".repeat(249), 100_000);
        String name = LogFileNames.deletedDirectory(longest);
        assertEquals(255, name.length());
        assertNotEquals(name, LogFileNames.deletedDirectory(longest));
        assertTrue(LogFileNames.isDeletedDirectory(Path.of(name)));
    }
}
