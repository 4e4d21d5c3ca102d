package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file can be read but does not hold what it must: an index, a checkpoint, a snapshot. The disk is not to blame, so
 * the directory stays online; whoever reads the file knows whether it can be rebuilt, ignored, or must stop the broker.
 */
public final class CorruptFileException extends IOException {

    private final transient Path file;

    public CorruptFileException(Path file, String problem) {
        super("Corrupt file " + file + ": " + problem);
        this.file = file;
    }

    /** The file in question. */
    public Path file() {
        return file;
    }
}
