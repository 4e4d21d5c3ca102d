package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A broker under measurement: one process on loopback. The thread that runs the benchmark uses it. */
interface Broker extends AutoCloseable {

    /** What differs between the brokers that are compared. */
    interface Kind {
        /** By which results are told. */
        String name();

        /**
         * Starts one on a directory that is empty, or that one of the same kind has left, and returns when it answers.
         *
         * @param keys of {@code server.properties}, beyond its listener and directories
         */
        Broker start(Path directory, Map<String, String> keys) throws IOException;
    }

    int port();

    BrokerProcess process();

    /** How long it took from the start of its process to its first answer. */
    Duration startUp();

    default String bootstrap() {
        return "localhost:" + port();
    }

    /** Stops it as an operator does. */
    @Override
    void close();

    /** All kinds that a full run compares: Apache Kafka first, which the ratios refer to. */
    static List<Kind> kinds(Installation installation) {
        return List.of(
                new KafkaBroker.Kind(installation),
                new HeddleBroker.Kind(installation, "virtual"),
                new HeddleBroker.Kind(installation, "platform"),
                new HeddleBroker.Kind(installation, "inline"));
    }
}
