package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.LoggerFactory;

/**
 * What the start-up cache is recorded from: a broker on a temporary directory starts, serves the usual requests, and
 * stops. Used by the main thread, in a process of its own.
 */
final class Rehearsal {

    private Rehearsal() {}

    /** Plays it; false, and one line on {@code err}, if something went wrong. */
    static boolean run(PrintStream err) {
        try {
            Path data = Files.createTempDirectory("heddle-rehearsal");
            try {
                Signals.onStop(() -> {});
                play(data); // a first start, and one that finds what was written
                play(data);
                return true;
            } finally {
                Utils.delete(data.toFile());
            }
        } catch (StopBrokerException | IOException e) {
            err.println("Heddle cannot rehearse: " + StepSequence.oneLine(e));
            return false;
        }
    }

    private static void broken(StopBrokerException failure) {
        LoggerFactory.getLogger(Rehearsal.class).error("The rehearsal's broker is broken", failure);
    }

    private static void play(Path data) throws IOException {
        String[] args = {
            "--data=" + data,
            "--port=0",
            "--override=group.initial.rebalance.delay.ms=0",
            "--override=offsets.topic.num.partitions=1"
        };
        if (!(CommandLineInterface.parse(args) instanceof CommandLineInterface.Command.Run(LaunchOptions options))) {
            throw new IllegalStateException("the rehearsal's flags are wrong");
        }
        Map<String, String> keys = ConfigFile.assemble(options);
        try (var broker = new BrokerServer(HeddleConfig.of(keys), Time.SYSTEM, Rehearsal::broken)) {
            broker.startup();
            Main.readyLine(broker);
            broker.exposeMetrics();
            try (var client = new RehearsalClient(broker.mainPort())) {
                new RehearsalScript(client).play();
            }
        }
    }
}
