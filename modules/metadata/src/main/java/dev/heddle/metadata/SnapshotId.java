package dev.heddle.metadata;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a snapshot of the metadata. Immutable: any thread may read it.
 *
 * @param offset the first offset of the log that it does not contain
 * @param epoch the leader epoch of the last one that it does
 */
record SnapshotId(long offset, int epoch) implements Comparable<SnapshotId> {

    private static final Pattern FILE_NAME = Pattern.compile("(\\d{20})-(\\d{10})\\.checkpoint");

    private static final Comparator<SnapshotId> ORDER =
            Comparator.comparingInt(SnapshotId::epoch).thenComparingLong(SnapshotId::offset);

    /** The snapshot that a file of this name holds; empty if it is no snapshot's name. */
    static Optional<SnapshotId> parse(String fileName) {
        Matcher matcher = FILE_NAME.matcher(fileName);
        if (!matcher.matches()) return Optional.empty();
        try {
            return Optional.of(new SnapshotId(Long.parseLong(matcher.group(1)), Integer.parseInt(matcher.group(2))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    String fileName() {
        return String.format(Locale.ROOT, "%020d-%010d.checkpoint", offset, epoch);
    }

    /** The name while the file is being written. */
    String partialFileName() {
        return fileName() + SnapshotFiles.PARTIAL_SUFFIX;
    }

    @Override
    public int compareTo(SnapshotId other) {
        return ORDER.compare(this, other);
    }
}
