package dev.heddle.log;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * {@code meta.properties}: to which cluster and node a log directory belongs, and which of the node's directories it is
 * (KIP-858). Immutable: any thread may read it.
 *
 * @param directoryId null in a file from before Kafka 3.7
 */
record MetaProperties(
        String clusterId, int nodeId, @Nullable Uuid directoryId) {

    static final String NAME = "meta.properties";

    private static final String VERSION = "version";
    private static final String CURRENT_VERSION = "1";
    private static final String CLUSTER_ID = "cluster.id";
    private static final String NODE_ID = "node.id";
    private static final String DIRECTORY_ID = "directory.id";

    /** Kafka keeps the ids below this for itself. */
    private static final int RESERVED_DIRECTORY_IDS = 100;

    /** Reads it, or returns null if there is no such file. */
    static @Nullable MetaProperties read(FileSystemCalls files, Path logDirectory)
            throws IOException, CorruptFileException {
        Path file = logDirectory.resolve(NAME);
        var properties = new Properties();
        try {
            properties.load(new StringReader(new String(FileIo.readAll(files, file), StandardCharsets.UTF_8)));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IllegalArgumentException e) {
            throw new CorruptFileException(file, String.valueOf(e.getMessage()));
        }
        String version = required(file, properties, VERSION);
        if (!version.equals(CURRENT_VERSION)) {
            throw new CorruptFileException(file, "version " + version + " instead of " + CURRENT_VERSION);
        }
        return new MetaProperties(
                required(file, properties, CLUSTER_ID), nodeId(file, properties), directoryId(file, properties));
    }

    private static String required(Path file, Properties properties, String key) throws CorruptFileException {
        String value = properties.getProperty(key);
        if (value == null || value.isBlank()) throw new CorruptFileException(file, "it has no " + key);
        return value.trim();
    }

    private static int nodeId(Path file, Properties properties) throws CorruptFileException {
        String value = required(file, properties, NODE_ID);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new CorruptFileException(file, NODE_ID + " is no number: " + value);
        }
    }

    private static @Nullable Uuid directoryId(Path file, Properties properties) throws CorruptFileException {
        String value = properties.getProperty(DIRECTORY_ID);
        if (value == null) return null;
        try {
            Uuid id = Uuid.fromString(value.trim());
            if (!isReserved(id)) return id;
        } catch (IllegalArgumentException e) {
            // Reported below, as a reserved id is.
        }
        throw new CorruptFileException(file, DIRECTORY_ID + " is not valid: " + value);
    }

    private static boolean isReserved(Uuid id) {
        return id.getMostSignificantBits() == 0 && id.getLeastSignificantBits() < RESERVED_DIRECTORY_IDS;
    }

    /** A fresh id for a directory. */
    static Uuid newDirectoryId() {
        Uuid id = Uuid.randomUuid();
        while (isReserved(id)) id = Uuid.randomUuid();
        return id;
    }

    /** The same with this directory id. */
    MetaProperties withDirectoryId(Uuid id) {
        return new MetaProperties(clusterId, nodeId, id);
    }

    /** Writes it durably. */
    void write(FileSystemCalls files, Path logDirectory) throws IOException {
        var properties = new Properties();
        properties.setProperty(VERSION, CURRENT_VERSION);
        properties.setProperty(CLUSTER_ID, clusterId);
        properties.setProperty(NODE_ID, Integer.toString(nodeId));
        if (directoryId != null) properties.setProperty(DIRECTORY_ID, directoryId.toString());
        var content = new StringWriter();
        properties.store(content, "");
        FileIo.replace(files, logDirectory.resolve(NAME), content.toString().getBytes(StandardCharsets.UTF_8));
    }
}
