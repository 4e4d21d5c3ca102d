package dev.heddle.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A broker that a data directory visits on its round trip.
 *
 * @param name tells the stops of a trip apart
 * @param apache whether it is Apache Kafka and not Heddle
 * @param port where it listens; the same at every stop
 * @param clients clients of this broker, which are closed before it stops
 * @param directories the {@code log.dirs}
 */
record Stop(String name, boolean apache, int port, Clients clients, List<Path> directories) {

    /** The lines of all files of that name that lie in the log directories themselves. */
    List<String> checkpointLines(String file) {
        return directories.stream()
                .map(directory -> directory.resolve(file))
                .filter(Files::exists)
                .flatMap(Stop::lines)
                .toList();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
