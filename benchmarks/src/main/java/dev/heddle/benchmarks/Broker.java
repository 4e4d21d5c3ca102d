package dev.heddle.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;

/** A broker under measurement: one process on loopback. The thread that runs the benchmark uses it. */
interface Broker extends AutoCloseable {

    /** What differs between the brokers that are compared. */
    interface Kind {
        /** By which results are told. */
        String name();

        /** Starts one on a directory that is empty, or that one of the same kind has left; returns when it answers. */
        default Broker start(Path directory, Setting setting) throws IOException {
            if (!setting.hasHangingDisk()) return launch(directory, setting);
            var disk = new HangingDisk(directory);
            disk.mount();
            try {
                return launch(directory, setting);
            } catch (IOException e) {
                disk.close();
                throw e;
            }
        }

        /** The same, once its disks are there. */
        Broker launch(Path directory, Setting setting) throws IOException;
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
    default void close() {
        process().stop();
        try {
            new HangingDisk(directory()).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
