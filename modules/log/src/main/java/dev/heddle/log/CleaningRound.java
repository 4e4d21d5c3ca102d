package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.BufferSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans one log once: learns the last offset of each key in its dirty part, then writes the segments anew without what
 * these make obsolete. Used by one cleaner thread, which has {@linkplain CleaningState#tryBegin begun} to work on the log.
 *
 * <p>For maintainers. The map may become full before the dirty part is read: then the log is cleaned as far as the map
 * knows it, and another round goes on from there. Segments that have become small are put together. Each group of them
 * is replaced as soon as it is done, the oldest first: so a value never outlives the tombstone behind it, whenever the
 * work stops.
 */
final class CleaningRound {

    private static final Logger LOG = LoggerFactory.getLogger(CleaningRound.class);

    private static final int MIN_BUFFER_BYTES = 4 << 10;

    private final LogState log;
    private final CleanableLog range;
    private final LogCleanerConfig config;
    private final CleaningPace pace;
    private final SegmentReplacer replacer;
    private final CleanerStats stats;
    private final BufferSupplier decompression = BufferSupplier.create();

    /** @param range what to clean of the log */
    CleaningRound(
            LogState log, CleanableLog range, LogCleanerConfig config, CleaningPace pace, SegmentReplacer replacer) {
        this.log = log;
        this.range = range;
        this.config = config;
        this.pace = pace;
        this.replacer = replacer;
        this.stats = new CleanerStats(log.runtime().time());
    }

    CleanerStats stats() {
        return stats;
    }

    /**
     * Does it.
     *
     * @return the offset up to which the log is clean now
     * @throws CleaningAbortedException if it has to stop; segments that were replaced by then stay so
     */
    long run() throws IOException {
        try {
            return clean();
        } finally {
            decompression.close();
        }
    }

    private long clean() throws IOException {
        long dirtyOffsets = range.firstUncleanableOffset() - range.firstDirtyOffset();
        OffsetMap map =
                OffsetMap.of(config.dedupeBytesPerThread(), config.dedupeBufferLoadFactor(), Math.max(1, dirtyOffsets));
        ByteBuffer buffer = ByteBuffer.allocate(Math.max(MIN_BUFFER_BYTES, config.ioBufferBytesPerThread()));
        long mappedTo = new OffsetMapBuilder(log, map, pace, stats, decompression).build(range, buffer);
        var rules = new RecordRetention.Rules(
                map,
                mappedTo,
                lastRecords(),
                log.runtime().time().milliseconds(),
                log.config().deleteRetentionMs(),
                range.firstUncleanableOffset());
        long legacyHorizonMs = legacyDeleteHorizonMs();
        var transactions = new CleanedTransactions();
        LOG.info(
                "Cleaning: partition={} from={} to={} keys={}",
                log.partition(),
                range.firstDirtyOffset(),
                mappedTo,
                map.size());
        for (List<LogSegment> group : groups(mappedTo)) {
            var cleaner = new SegmentCleaner(log, rules, transactions, pace, stats, decompression);
            replacer.replace(cleaner.clean(group, legacyHorizonMs, buffer), group);
        }
        stats.finish(map.utilization());
        return mappedTo;
    }

    private List<List<LogSegment>> groups(long mappedTo) throws IOException {
        return SegmentGroups.of(
                log.segments().between(0, mappedTo),
                log.config().segmentBytes(),
                log.config().segmentIndexBytes(),
                range.firstUncleanableOffset());
    }

    private Map<Long, ProducerStateManager.LastRecord> lastRecords() {
        log.lock().lock();
        try {
            return log.producers().lastRecords();
        } finally {
            log.lock().unlock();
        }
    }

    /** Tombstones in the formats before 2, which carry no horizon, go where a segment is older than this. */
    private long legacyDeleteHorizonMs() throws IOException {
        List<LogSegment> cleanBefore = log.segments().between(0, range.firstDirtyOffset());
        if (cleanBefore.isEmpty()) return 0;
        return cleanBefore.getLast().lastModifiedMs() - log.config().deleteRetentionMs();
    }

    /** The aborted transactions that overlap with a range of offsets. */
    static List<AbortedTxn> aborted(LogState log, long from, long to) throws IOException {
        LogSegment[] segments = log.segments().snapshot();
        int first = Math.max(0, SegmentList.floorIndex(segments, from));
        return SegmentList.abortedTransactions(segments, first, from, to);
    }
}
