package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnbornLogTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private UnbornLog log(boolean clean, long logStartOffset, long recoveryPoint) {
        var request = new LogLoader.Request(
                LogFixture.PARTITION,
                fixture.directory,
                fixture.path,
                LogFixture.config(Map.of()),
                clean,
                logStartOffset,
                recoveryPoint,
                false);
        return new UnbornLog(fixture.files, request);
    }

    private boolean isUnborn() throws IOException {
        return log(false, 0, 0).isUnborn();
    }

    /** An empty log as a power cut may leave it. */
    private void createTorn(Map<String, String> overrides) throws IOException {
        fixture.crash(fixture.create(overrides));
        Files.writeString(metadata(), "");
    }

    private Path metadata() {
        return fixture.path.resolve(PartitionMetadataFile.NAME);
    }

    @Test
    void aLogThatHasItsTopicIdIsBorn() throws Exception {
        fixture.crash(fixture.create());
        assertFalse(isUnborn());
    }

    @Test
    void anEmptyLogWithATornTopicIdIsUnborn() throws Exception {
        createTorn(Map.of());
        assertTrue(isUnborn());
    }

    @Test
    void aDirectoryThatNothingReachedIsUnborn() throws Exception {
        Files.createDirectory(fixture.path);
        assertTrue(isUnborn());
    }

    @Test
    void preallocatedZerosAreNoRecords() throws Exception {
        createTorn(Map.of("preallocate", "true", "internal.segment.bytes", "10000"));
        assertEquals(10_000, Files.size(fixture.logFile(0)));
        assertTrue(isUnborn());
    }

    @Test
    void aRecordIsARecord() throws Exception {
        PartitionLog log = fixture.create();
        LogFixture.append(log, "a");
        fixture.crash(log);
        Files.writeString(metadata(), "");
        assertFalse(isUnborn());
        Files.delete(metadata());
        assertFalse(isUnborn());
    }

    @Test
    void whatACheckpointKnowsIsBorn() throws Exception {
        createTorn(Map.of());
        assertFalse(log(false, 0, 1).isUnborn());
        assertFalse(log(false, 1, 0).isUnborn());
        assertFalse(log(true, 0, 0).isUnborn());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00000000000000000007.log",
                "00000000000000000007.index",
                "00000000000000000000.log.swap",
                "00000000000000000000.txnindex",
                "00000000000000000003.snapshot",
                "somebody's file"
            })
    void whatNoNewLogHasIsLeftAlone(String name) throws Exception {
        createTorn(Map.of());
        Files.writeString(fixture.path.resolve(name), "");
        assertFalse(isUnborn());
    }

    @ParameterizedTest
    @ValueSource(strings = {"leader-epoch-checkpoint", "leader-epoch-checkpoint.tmp", "partition.metadata.tmp"})
    void whatANewLogMayHaveDoesNotSaveIt(String name) throws Exception {
        createTorn(Map.of());
        Files.writeString(fixture.path.resolve(name), "0");
        assertTrue(isUnborn());
        log(false, 0, 0).delete();
        assertFalse(Files.exists(fixture.path));
    }
}
