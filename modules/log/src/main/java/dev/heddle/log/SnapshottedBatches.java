package dev.heddle.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The batches that a log's snapshots remembered of its producers when it was opened. Recovery replays the records, and the
 * cleaner may have taken those of batches in flight: the records do not tell them then. The loading thread calls it.
 */
final class SnapshottedBatches {

    private final NavigableMap<Long, List<ProducerStateEntry>> byOffset = new TreeMap<>();

    /** Reads every snapshot that can be read; which must be done before recovery makes them anew. */
    void read(FileSystemCalls files, Path directory) throws IOException {
        for (Path file : files.list(directory)) {
            if (!LogFileNames.hasSuffix(file, LogFileNames.PRODUCER_SNAPSHOT_SUFFIX)) continue;
            long offset = LogFileNames.offsetOf(file);
            if (offset < 0) continue;
            try {
                byOffset.put(offset, ProducerSnapshotFile.read(files, file));
            } catch (CorruptFileException | NoSuchFileException unusable) {
                // Its batches are forgotten: what the records tell must do.
            }
        }
    }

    /** Tells {@code producers}, whose state is that at {@code endOffset}, what is remembered of theirs. */
    void restore(ProducerStateManager producers, long endOffset) {
        Map.Entry<Long, List<ProducerStateEntry>> latest = byOffset.floorEntry(endOffset);
        if (latest == null) return;
        for (ProducerStateEntry remembered : latest.getValue()) {
            ProducerStateEntry known = producers.lastEntry(remembered.producerId());
            if (known != null) known.rememberBatchesUpTo(remembered);
        }
    }
}
