package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes segments out of a log. The log's lock guards it. Their files are renamed at once and deleted when {@code
 * file.delete.delay.ms} is over, so that whoever reads them may finish.
 */
final class SegmentRemover {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentRemover.class);

    private final LogState state;

    SegmentRemover(LogState state) {
        this.state = state;
    }

    /** Removes segments that are in the list of segments, with their producer snapshots. */
    void remove(List<LogSegment> segments, String reason) throws IOException {
        if (segments.isEmpty()) return;
        LOG.info("Removing segments: partition={} segments={} reason={}", state.partition(), segments, reason);
        state.segments().remove(segments);
        removeFiles(segments);
    }

    /** Removes the files of segments that are in no list any more. */
    void removeFiles(List<LogSegment> segments) throws IOException {
        try {
            deleteLater(segments, hide(segments));
        } catch (IOException e) {
            segments.forEach(LogSegment::closeQuietly);
            throw e;
        }
    }

    private List<Path> hide(List<LogSegment> segments) throws IOException {
        List<Path> snapshots = new ArrayList<>();
        for (LogSegment segment : segments) {
            segment.markDeleted();
            hide(segment);
            Path snapshot = state.producers().snapshots().markForDeletion(segment.baseOffset());
            if (snapshot != null) snapshots.add(snapshot);
        }
        return snapshots;
    }

    private static void hide(LogSegment segment) throws IOException {
        try {
            segment.changeSuffix("", LogFileNames.DELETED_SUFFIX);
        } catch (IOException e) {
            if (!NoRoom.isCauseOf(e)) throw e;
            segment.deleteFiles(); // no room even for another name
        }
    }

    /** Deletes files that have been renamed, once nobody reads them any more. */
    void deleteLater(List<LogSegment> segments, List<Path> snapshots) {
        long delayMs = state.config().fileDeleteDelayMs();
        state.runtime().scheduler().once("delete-file", delayMs, () -> deleteFiles(segments, snapshots));
    }

    private void deleteFiles(List<LogSegment> segments, List<Path> snapshots) {
        try {
            state.io("delete segments of", () -> {
                for (LogSegment segment : segments) segment.deleteFiles();
                for (Path snapshot : snapshots) {
                    // The directory may have been renamed since.
                    state.files().deleteIfExists(state.path().resolve(snapshot.getFileName()));
                }
                return true;
            });
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.debug("Segments were not deleted: partition={} reason={}", state.partition(), e.getMessage());
        }
    }
}
