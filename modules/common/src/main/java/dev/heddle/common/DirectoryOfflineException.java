package dev.heddle.common;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A log directory has failed: its partitions answer {@code KAFKA_STORAGE_ERROR} from now on, all others go on. The log
 * has already taken the directory offline when this is thrown.
 */
public final class DirectoryOfflineException extends HeddleException {

    private final Path directory;

    public DirectoryOfflineException(Path directory, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.directory = directory;
    }

    /** The log directory that failed. */
    public Path directory() {
        return directory;
    }
}
