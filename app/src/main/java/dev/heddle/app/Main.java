package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program {@code heddle}: runs a broker in the foreground until a signal ends it. Called by the JVM.
 *
 * <p>It prints one line when the broker is ready and one line when it cannot start. Exit codes: 0 after a clean
 * shutdown, 1 if the broker could not start or stop cleanly, 2 if the flags are wrong.
 */
public final class Main {

    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int WRONG_FLAGS = 2;

    private final PrintStream out;
    private final PrintStream err;

    /** Cancelled by the signal that asks the process to end. */
    private final Waiter stop = new Waiter(Time.SYSTEM);

    /** Why the broker cannot go on; null as long as it can. */
    private final AtomicReference<@Nullable StopBrokerException> broken = new AtomicReference<>();

    /** The broker, for the signal that comes while it starts. */
    private final AtomicReference<@Nullable BrokerServer> starting = new AtomicReference<>();

    private Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Runs the program and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new Main(System.out, System.err).run(args));
    }

    private int run(String... args) {
        return switch (CommandLineInterface.parse(args)) {
            case CommandLineInterface.Command.Print(String text) -> {
                out.print(text);
                yield OK;
            }
            case CommandLineInterface.Command.Refuse(String message) -> {
                err.println("heddle: " + message);
                yield WRONG_FLAGS;
            }
            case CommandLineInterface.Command.Run(LaunchOptions options) -> runBroker(options);
            case CommandLineInterface.Command.Rehearse() -> Rehearsal.run(err) ? OK : FAILED;
        };
    }

    private int runBroker(LaunchOptions options) {
        try {
            Signals.onStop(this::stop);
            HeddleConfig config = HeddleConfig.of(ConfigFile.assemble(options));
            config.warnings().forEach(Main::warn);
            Carriers.provideFor(config);
            try (var broker = new BrokerServer(config, Time.SYSTEM, this::broken)) {
                starting.set(broker);
                broker.startup();
                out.println(readyLine(broker));
                out.flush();
                broker.exposeMetrics();
                awaitStop();
            }
            StopBrokerException failure = broken.get();
            return failure == null ? OK : fail(String.valueOf(failure.getMessage()), failure);
        } catch (StopBrokerException e) {
            return fail(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            return fail(StepSequence.oneLine(e), e);
        }
    }

    /** Called by the thread that handles signals. */
    private void stop() {
        stop.cancel();
        BrokerServer broker = starting.get();
        if (broker != null) broker.abandonStartup();
    }

    /** Called by any of the broker's threads. */
    private void broken(StopBrokerException failure) {
        broken.compareAndSet(null, failure);
        stop.cancel();
    }

    private static void warn(String line) {
        LoggerFactory.getLogger(Main.class).warn(line);
    }

    private void awaitStop() {
        while (stop.await(Time.SYSTEM.deadlineAfterMs(Long.MAX_VALUE)) != Waiter.Outcome.CANCELLED) {
            // A park may end for no reason at all.
        }
    }

    private int fail(String line, Throwable cause) {
        err.println("Heddle stops: " + line);
        Logger log = LoggerFactory.getLogger(Main.class);
        log.debug("What stopped the broker", cause);
        return FAILED;
    }

    static String readyLine(BrokerServer broker) {
        long readyMs = Time.SYSTEM.milliseconds();
        long tookMs = readyMs - ManagementFactory.getRuntimeMXBean().getStartTime();
        return "Heddle ready on " + broker.mainListener() + " in " + tookMs + " ms (handlers="
                + broker.handlerStrategy() + ", data=" + broker.dataShown() + ")";
    }
}
