package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Puts segments together that have become small. Stateless; any thread may call it. */
final class SegmentGroups {

    private SegmentGroups() {}

    /**
     * Groups of segments, in their order, of which none is larger than a segment may be, in records, in index entries, or
     * in the range of its offsets.
     *
     * @param segments follow each other
     * @param endOffset the last of them ends before it
     */
    static List<List<LogSegment>> of(List<LogSegment> segments, long maxBytes, long maxIndexBytes, long endOffset)
            throws IOException {
        List<List<LogSegment>> groups = new ArrayList<>();
        List<LogSegment> group = new ArrayList<>();
        long bytes = 0;
        long offsetIndexBytes = 0;
        long timeIndexBytes = 0;
        for (int i = 0; i < segments.size(); i++) {
            LogSegment segment = segments.get(i);
            long end = i + 1 < segments.size() ? segments.get(i + 1).baseOffset() : endOffset;
            bytes += segment.sizeInBytes();
            offsetIndexBytes += segment.indexes().offset().sizeInBytes();
            timeIndexBytes += segment.indexes().time().sizeInBytes();
            boolean fits = bytes <= maxBytes
                    && offsetIndexBytes <= maxIndexBytes
                    && timeIndexBytes <= maxIndexBytes
                    && (group.isEmpty()
                            || segment.sizeInBytes() == 0
                            || end - 1 - group.getFirst().baseOffset() <= Integer.MAX_VALUE);
            if (!fits && !group.isEmpty()) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = segment.sizeInBytes();
                offsetIndexBytes = segment.indexes().offset().sizeInBytes();
                timeIndexBytes = segment.indexes().time().sizeInBytes();
            }
            group.add(segment);
        }
        if (!group.isEmpty()) groups.add(group);
        return groups;
    }
}
