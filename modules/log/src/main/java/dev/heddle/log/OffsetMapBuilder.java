package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/** Reads the dirty part of a log and notes the last offset of each key. Used by one cleaner thread. */
final class OffsetMapBuilder {

    private final LogState log;
    private final OffsetMap map;
    private final CleaningPace pace;
    private final CleanerStats stats;
    private final BufferSupplier decompression;
    private final CleanedTransactions transactions = new CleanedTransactions();

    private long firstDirtyOffset;
    private long mappedTo;

    OffsetMapBuilder(LogState log, OffsetMap map, CleaningPace pace, CleanerStats stats, BufferSupplier decompression) {
        this.log = log;
        this.map = map;
        this.pace = pace;
        this.stats = stats;
        this.decompression = decompression;
    }

    /** Fills the map; returns the offset up to which it knows everything, less than the end if it is full. */
    long build(CleanableLog range, ByteBuffer buffer) throws IOException {
        long end = range.firstUncleanableOffset();
        firstDirtyOffset = range.firstDirtyOffset();
        mappedTo = firstDirtyOffset;
        transactions.expect(CleaningRound.aborted(log, firstDirtyOffset, end));
        List<LogSegment> dirty = log.segments().between(firstDirtyOffset, end);
        for (int i = 0; i < dirty.size(); i++) {
            if (!add(dirty.get(i), buffer)) return mappedTo;
            // Offsets that no batch has, at the end of a segment, are known too.
            mappedTo = i + 1 < dirty.size() ? dirty.get(i + 1).baseOffset() : end;
        }
        return mappedTo;
    }

    private boolean add(LogSegment segment, ByteBuffer buffer) throws IOException {
        int start = segment.indexes().offset().lookup(firstDirtyOffset).position();
        var chunks = new SegmentChunks(segment, start, pace, buffer);
        for (MemoryRecords chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
            int bytes = 0;
            for (MutableRecordBatch batch : chunk.batches()) {
                bytes += batch.sizeInBytes();
                if (!add(batch)) return false;
            }
            chunks.consumed(bytes);
            stats.mapBytesRead += bytes;
        }
        return true;
    }

    /** False if the map is full. */
    private boolean add(MutableRecordBatch batch) {
        batch.ensureValid();
        // What was aborted makes nothing obsolete.
        boolean counts = !transactions.canDiscard(batch) && !batch.isControlBatch();
        if (counts && batch.lastOffset() >= firstDirtyOffset && !addRecords(batch)) return false;
        mappedTo = Math.max(mappedTo, batch.nextOffset());
        return true;
    }

    private boolean addRecords(MutableRecordBatch batch) {
        try (CloseableIterator<Record> records = batch.streamingIterator(decompression)) {
            while (records.hasNext()) {
                Record record = records.next();
                stats.mapRecordsRead++;
                if (!record.hasKey() || record.offset() < firstDirtyOffset) continue;
                if (!map.put(record.key(), record.offset())) return false;
                mappedTo = record.offset() + 1;
            }
        }
        return true;
    }
}
