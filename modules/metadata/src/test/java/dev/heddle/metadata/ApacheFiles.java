package dev.heddle.metadata;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Files that Apache Kafka 4.3.1 wrote: a directory that it formatted, ran, crashed in, ran and stopped cleanly. */
final class ApacheFiles {

    static final String LOG = "00000000000000000000.log";
    static final String SNAPSHOT = "00000000000000000204-0000000003.checkpoint";
    static final String DYNAMIC_SNAPSHOT = "00000000000000000000-0000000000.checkpoint";
    static final String BOOTSTRAP = "bootstrap.checkpoint";
    static final String QUORUM_STATE = "quorum-state";

    private ApacheFiles() {}

    static byte[] read(String name) {
        try (InputStream in = ApacheFiles.class.getResourceAsStream("/apache-4.3.1/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole directory. */
    static MemoryStorage storage() {
        var storage = new MemoryStorage();
        storage.bootstrap = read(BOOTSTRAP);
        storage.files.put(QUORUM_STATE, read(QUORUM_STATE));
        storage.files.put(SNAPSHOT, read(SNAPSHOT));
        storage.log = MemoryStorage.MemoryLog.of(read(LOG));
        return storage;
    }
}
