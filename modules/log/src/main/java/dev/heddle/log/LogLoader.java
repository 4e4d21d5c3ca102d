package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the log of a partition, and makes good what a crash has left. One thread loads a log; several logs are loaded at
 * the same time.
 *
 * <p>For maintainers. After a clean shutdown nothing is read but index ends. After a crash every segment that may hold
 * something beyond the recovery point is read in full: what is whole stays, the first batch that is not and everything
 * behind it goes, with all later segments; and so do segments that do not begin where the one before ends, unless the
 * cleaner may have taken out what is missing: the end of the one before was not synced, so nothing behind it was promised.
 * What lies below the recovery point was synced and must be good. If it is not,
 * the disk has lost or changed it: then the log is not opened, for to cut it off would silently lose what follows.
 */
final class LogLoader {

    private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

    /**
     * What to load. (Eight parts: they are what the directory, the checkpoints and the configuration say.)
     *
     * @param path the partition's directory, which exists
     * @param clean whether the log was closed properly
     * @param logStartOffset from its checkpoint, or 0
     * @param recoveryPoint from its checkpoint, or 0
     * @param sparse whether the cleaner may have taken offsets out of it
     */
    record Request(
            TopicPartition partition,
            LogDirectory directory,
            Path path,
            LogConfig config,
            boolean clean,
            long logStartOffset,
            long recoveryPoint,
            boolean sparse) {}

    private final Request request;
    private final LogRuntime runtime;
    private final IntConsumer remainingSegments;
    private final FileSystemCalls files;
    private final SegmentList segments = new SegmentList();
    private final LeaderEpochCache epochs;
    private final SnapshottedBatches snapshotted = new SnapshottedBatches();
    private boolean created;

    /** Where the first segment begins whose indexes there was no room for. */
    private long unwrittenFrom = Long.MAX_VALUE;

    /** @param remainingSegments told how many segments are still to be recovered, as that goes on */
    LogLoader(Request request, LogRuntime runtime, IntConsumer remainingSegments) {
        this.request = request;
        this.runtime = runtime;
        this.remainingSegments = remainingSegments;
        this.files = request.directory.files();
        this.epochs = new LeaderEpochCache(files, request.path);
    }

    /**
     * Loads the log.
     *
     * @throws CorruptFileException if what was durable is not what it was; the directory is fine
     */
    LoadedLog load() throws IOException {
        try {
            return loadAll();
        } catch (IOException | RuntimeException e) {
            for (LogSegment segment : segments.snapshot()) segment.closeQuietly();
            throw e;
        }
    }

    private LoadedLog loadAll() throws IOException {
        openSegments(new LeftoverFiles(files, request.path).cleanUp());
        loadEpochs();
        recover();
        ensureNothingDurableIsMissing(segments.isEmpty() ? 0 : segments.last().readNextOffset());
        long endOffset = ensureActiveSegment();
        // An epoch that begins at the end is true: it was led, and wrote nothing that is left.
        epochs.truncateFromEnd(endOffset + 1);
        epochs.truncateFromStart(request.logStartOffset);
        ifRoom(epochs::flushIfWrong);
        long logStart = Math.max(request.logStartOffset, segments.first().baseOffset());
        ProducerStateManager producers = loadProducers(logStart, endOffset);
        long recoveryPoint = request.clean ? endOffset : Math.min(request.recoveryPoint, endOffset);
        recoveryPoint = Math.min(recoveryPoint, unwrittenFrom);
        boolean dirty = !request.clean || created;
        return new LoadedLog(segments, producers, epochs, logStart, recoveryPoint, endOffset, dirty);
    }

    private void openSegments(List<Path> all) throws IOException {
        Set<Long> bases = all.stream()
                .filter(file -> LogFileNames.hasSuffix(file, LogFileNames.LOG_SUFFIX))
                .map(LogFileNames::offsetOf)
                .filter(offset -> offset >= 0)
                .collect(Collectors.toSet());
        for (Path file : all) {
            if (isIndex(file) && !bases.contains(LogFileNames.offsetOf(file))) {
                LOG.warn("Deleting an index without its segment: file={}", file);
                files.deleteIfExists(file);
            }
        }
        var settings = LogSegment.Settings.of(request.config);
        long now = runtime.time().milliseconds();
        for (long base : bases.stream().sorted().toList()) {
            segments.add(LogSegment.open(files, request.path, base, settings, now));
        }
    }

    private static boolean isIndex(Path file) {
        return LogFileNames.hasSuffix(file, LogFileNames.OFFSET_INDEX_SUFFIX)
                || LogFileNames.hasSuffix(file, LogFileNames.TIME_INDEX_SUFFIX)
                || LogFileNames.hasSuffix(file, LogFileNames.TRANSACTION_INDEX_SUFFIX);
    }

    private void loadEpochs() throws IOException {
        try {
            epochs.load();
        } catch (CorruptFileException e) {
            LOG.warn("Rebuilding the leader epochs: partition={} reason={}", request.partition, e.getMessage());
            epochs.clear();
            SegmentRecovery.rebuildEpochs(epochs, segments);
            ifRoom(epochs::flush);
        }
    }

    private void recover() throws IOException {
        List<LogSegment> unflushed =
                request.clean ? List.of() : segments.between(request.recoveryPoint, Long.MAX_VALUE);
        List<LogSegment> damaged = new ArrayList<>();
        for (LogSegment segment : segments.snapshot()) {
            if (unflushed.contains(segment) || indexesAreDamaged(segment)) damaged.add(segment);
        }
        if (!damaged.isEmpty()) snapshotted.read(files, request.path);
        for (int i = 0; i < damaged.size(); i++) {
            remainingSegments.accept(damaged.size() - i);
            LogSegment segment = damaged.get(i);
            if (!recover(segment) || unflushed.contains(segment) && endsBeforeGap(segment)) break;
        }
        remainingSegments.accept(0);
    }

    private boolean indexesAreDamaged(LogSegment segment) throws IOException {
        long base = segment.baseOffset();
        if (!files.exists(LogFileNames.offsetIndexFile(request.path, base))
                || !files.exists(LogFileNames.timeIndexFile(request.path, base))) {
            LOG.warn("An index is missing and will be rebuilt: segment={}", segment.file());
            return true;
        }
        try {
            segment.indexes().sanityCheck();
            return false;
        } catch (CorruptFileException e) {
            LOG.warn("An index will be rebuilt: reason={}", e.getMessage());
            return true;
        }
    }

    /** Recovers a segment; false if the log ends in it now. */
    private boolean recover(LogSegment segment) throws IOException {
        LOG.info("Recovering a segment: file={} bytes={}", segment.file(), segment.sizeInBytes());
        ProducerStateManager producers = newProducers();
        producers.snapshots().find();
        ProducerRecovery.rebuild(
                producers,
                segments,
                request.logStartOffset,
                segment.baseOffset(),
                runtime.time().milliseconds());
        long durableEnd = request.clean ? Long.MAX_VALUE : request.recoveryPoint;
        var result = new SegmentRecovery(segment, producers, epochs).run(durableEnd);
        if (!ifRoom(segment::completeIndexes)) unwrittenFrom = Math.min(unwrittenFrom, segment.baseOffset());
        boolean whole = result.truncatedBytes() == 0;
        LogSegment next = segments.higher(segment.baseOffset());
        // Between a whole segment's last record and the next one, the cleaner may have taken others.
        snapshotted.restore(producers, whole && next != null ? next.baseOffset() : result.endOffset());
        producers.takeSnapshotIfRoom(false);
        if (whole) return true;
        LOG.warn(
                "Cut off what a crash left unfinished: file={} bytes={} endOffset={}",
                segment.file(),
                result.truncatedBytes(),
                result.endOffset());
        endAfter(segment);
        return false;
    }

    /** Whether the segment was the last one before a gap, and so is the last one now. */
    private boolean endsBeforeGap(LogSegment segment) throws IOException {
        LogSegment next = segments.higher(segment.baseOffset());
        if (request.sparse || next == null) return false;
        long end = segment.readNextOffset();
        if (end == next.baseOffset()) return false;
        ensureNothingDurableIsMissing(end);
        LOG.warn("Cut off what follows a gap: file={} endOffset={} next={}", segment.file(), end, next.file());
        endAfter(segment);
        return true;
    }

    /** The recovery point was written down after everything below it had been synced. */
    private void ensureNothingDurableIsMissing(long endOffset) throws CorruptFileException {
        if (endOffset >= request.recoveryPoint || request.recoveryPoint <= request.logStartOffset) return;
        throw new CorruptFileException(
                request.path,
                "the log ends at offset " + endOffset + ", though it was synced to the disk up to "
                        + request.recoveryPoint);
    }

    /** What there is no room for now is in memory, and written later. */
    private boolean ifRoom(IoWork work) throws IOException {
        return request.directory.ifRoom("load " + request.partition, work);
    }

    /** What is cut off must not come back, once something else has been appended, perhaps to another segment. */
    private void endAfter(LogSegment segment) throws IOException {
        List<LogSegment> later = new ArrayList<>();
        for (LogSegment other : segments.snapshot()) {
            if (other.baseOffset() > segment.baseOffset()) later.add(other);
        }
        deleteNow(later);
        if (!later.isEmpty()) FileIo.syncDirectory(files, request.path);
        segment.syncRecords();
    }

    private void deleteNow(List<LogSegment> gone) throws IOException {
        segments.remove(gone);
        for (LogSegment segment : gone) {
            LOG.warn("Deleting a segment: file={} bytes={}", segment.file(), segment.sizeInBytes());
            segment.deleteFiles();
            files.deleteIfExists(LogFileNames.producerSnapshotFile(request.path, segment.baseOffset()));
        }
    }

    /** Makes sure that there is a segment to append to; returns the log end offset. */
    private long ensureActiveSegment() throws IOException {
        if (!segments.isEmpty()) {
            long end = segments.last().readNextOffset();
            if (end >= request.logStartOffset) return end;
            LOG.warn(
                    "The log ends before it starts, its segments are gone: partition={} end={} start={}",
                    request.partition,
                    end,
                    request.logStartOffset);
            deleteNow(segments.all());
            epochs.clear();
        }
        var settings = LogSegment.Settings.of(request.config);
        long now = runtime.time().milliseconds();
        segments.add(LogSegment.create(files, request.path, request.logStartOffset, settings, now));
        created = true;
        return request.logStartOffset;
    }

    private ProducerStateManager newProducers() {
        return new ProducerStateManager(request.partition, files, request.path, runtime::producerState, runtime.time());
    }

    private ProducerStateManager loadProducers(long logStart, long endOffset) throws IOException {
        ProducerStateManager producers = newProducers();
        producers.snapshots().removeStrays(segments.baseOffsets());
        if (request.clean && producers.snapshots().latest().isEmpty()) {
            ProducerRecovery.startEmpty(producers, segments, endOffset);
        } else {
            long now = runtime.time().milliseconds();
            ProducerRecovery.rebuild(producers, segments, logStart, endOffset, now);
            snapshotted.restore(producers, endOffset);
        }
        return producers;
    }
}
