package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A broker under measurement: one process on loopback. The thread that runs the benchmark uses it. */
interface Broker extends AutoCloseable {

    /** What differs between the brokers that are compared. */
    interface Kind {
        /** By which results are told. */
        String name();

        /** Starts one on a directory that is empty, or that one of the same kind has left; returns when it answers. */
        Broker start(Path directory, Setting setting) throws IOException;
    }

    int port();

    BrokerProcess process();

    /** Where it keeps everything. */
    Path directory();

    /** How long it took from the start of its process to its first answer. */
    Duration startUp();

    default String bootstrap() {
        return "localhost:" + port();
    }

    /** Stops it as an operator does. */
    @Override
    void close();
}
