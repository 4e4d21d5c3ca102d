package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.BufferSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what stays of a group of segments into a new one. Used by one cleaner thread. */
final class SegmentCleaner {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentCleaner.class);

    private final LogState log;
    private final RecordRetention.Rules rules;
    private final CleanedTransactions transactions;
    private final CleaningPace pace;
    private final CleanerStats stats;
    private final BufferSupplier decompression;

    SegmentCleaner(
            LogState log,
            RecordRetention.Rules rules,
            CleanedTransactions transactions,
            CleaningPace pace,
            CleanerStats stats,
            BufferSupplier decompression) {
        this.log = log;
        this.rules = rules;
        this.transactions = transactions;
        this.pace = pace;
        this.stats = stats;
        this.decompression = decompression;
    }

    /**
     * Writes the new segment, which nobody else knows yet, and makes it durable.
     *
     * @param group segments that follow each other
     * @param legacyHorizonMs segments written before it lose their tombstones of the formats before 2
     * @param buffer for reading
     */
    LogSegment clean(List<LogSegment> group, long legacyHorizonMs, ByteBuffer buffer) throws IOException {
        LogSegment cleaned = create(group.getFirst().baseOffset());
        boolean done = false;
        try {
            for (int i = 0; i < group.size(); i++) {
                LogSegment segment = group.get(i);
                long to = i + 1 < group.size() ? group.get(i + 1).baseOffset() : segment.readNextOffset();
                transactions.expect(CleaningRound.aborted(log, segment.baseOffset(), to));
                copy(segment, cleaned, segment.lastModifiedMs() > legacyHorizonMs, buffer);
            }
            cleaned.becomeInactive();
            cleaned.syncFile();
            cleaned.indexes().flush();
            // Where records have no timestamps, their age is that of the file.
            cleaned.lastModifiedMs(group.getLast().lastModifiedMs());
            done = true;
            return cleaned;
        } finally {
            if (!done) discard(cleaned);
        }
    }

    private LogSegment create(long baseOffset) throws IOException {
        LogSegment.Settings settings = LogSegment.Settings.of(log.config()).withoutPreallocation();
        long now = log.runtime().time().milliseconds();
        return LogSegment.createCleaned(log.files(), log.path(), baseOffset, settings, now);
    }

    private void copy(LogSegment from, LogSegment to, boolean keepLegacyTombstones, ByteBuffer buffer)
            throws IOException {
        var retention = new RecordRetention(rules, transactions, keepLegacyTombstones, stats);
        var chunks = new SegmentChunks(from, 0, pace, buffer);
        ByteBuffer target = ByteBuffer.allocate(buffer.capacity());
        for (MemoryRecords chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
            // A chunk may be dealt with in several steps: the codec stops when what it writes outgrows its buffer.
            var result = chunk.filterTo(retention, target.clear(), decompression);
            chunks.consumed(result.bytesRead());
            stats.bytesRead += result.bytesRead();
            stats.recordsRead += result.messagesRead();
            stats.bytesWritten += result.bytesRetained();
            stats.recordsWritten += result.messagesRetained();
            append(result.outputBuffer().flip(), to);
            for (AbortedTxn aborted : transactions.takeRetained())
                to.indexes().transactions().append(aborted);
        }
    }

    private void append(ByteBuffer retained, LogSegment to) throws IOException {
        int bytes = retained.remaining();
        if (bytes == 0) return;
        if (bytes > Integer.MAX_VALUE - to.sizeInBytes()) {
            throw new CorruptFileException(to.file(), "what is cleaned into it does not fit in one segment");
        }
        to.append(MemoryRecords.readableRecords(retained));
        pace.used(bytes);
    }

    private static void discard(LogSegment cleaned) {
        try {
            cleaned.deleteFiles();
        } catch (IOException e) {
            LOG.debug("An unfinished segment stays until the next start: file={}", cleaned.file(), e);
        }
    }
}
