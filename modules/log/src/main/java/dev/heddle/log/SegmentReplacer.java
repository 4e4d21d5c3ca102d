package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a cleaned segment in the place of those that it was made of. The cleaner thread that works on the log calls it.
 *
 * <p>For maintainers. Readers take no lock: whoever has the old segments goes on with them, until {@code
 * file.delete.delay.ms} is over. After a crash at any point {@link LeftoverFiles} undoes or finishes the work. The
 * directory is synced between the steps, since a power cut may keep a later renaming and lose an earlier one: without the
 * first sync both the old and the new could be lost, without the second both could be there.
 */
final class SegmentReplacer {

    private final LogState state;
    private final SegmentRemover remover;

    SegmentReplacer(LogState state, SegmentRemover remover) {
        this.state = state;
        this.remover = remover;
    }

    /** @param old follow each other; the first has the same base offset as {@code cleaned}, which is durable */
    void replace(LogSegment cleaned, List<LogSegment> old) throws IOException {
        announce(cleaned);
        try {
            FileIo.syncDirectory(state.files(), state.path());
            List<Path> snapshots = swapIn(cleaned, old);
            FileIo.syncDirectory(state.files(), state.path());
            cleaned.changeSuffix(LogFileNames.SWAP_SUFFIX, "");
            FileIo.syncDirectory(state.files(), state.path());
            remover.deleteLater(old, snapshots);
        } catch (IOException | RuntimeException e) {
            // The directory has failed: the next start does the rest.
            cleaned.closeQuietly();
            old.forEach(LogSegment::closeQuietly);
            if (e instanceof IOException io && NoRoom.isCauseOf(io))
                throw new LostWriteException("The replacement of " + old + " is half done", io);
            throw e;
        }
    }

    /** From here on recovery finishes the work. Where there is no room even for another name, it has not begun. */
    private static void announce(LogSegment cleaned) throws IOException {
        try {
            cleaned.changeSuffix(LogFileNames.CLEANED_SUFFIX, LogFileNames.SWAP_SUFFIX);
        } catch (IOException e) {
            if (NoRoom.isCauseOf(e)) cleaned.deleteFiles();
            else cleaned.closeQuietly();
            throw e;
        }
    }

    private List<Path> swapIn(LogSegment cleaned, List<LogSegment> old) throws IOException {
        state.lock().lock();
        try {
            state.ensureOpen();
            state.segments().replace(old, cleaned);
            return retire(old);
        } finally {
            state.lock().unlock();
        }
    }

    /** Renames the old files; returns the producer snapshots that no segment begins at any more. */
    private List<Path> retire(List<LogSegment> old) throws IOException {
        List<Path> snapshots = new ArrayList<>();
        for (LogSegment segment : old) {
            segment.markDeleted();
            segment.changeSuffix("", LogFileNames.DELETED_SUFFIX);
            if (segment == old.getFirst()) continue;
            Path snapshot = state.producers().snapshots().markForDeletion(segment.baseOffset());
            if (snapshot != null) snapshots.add(snapshot);
        }
        return snapshots;
    }
}
