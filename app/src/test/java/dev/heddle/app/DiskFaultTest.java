package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.heddle.app.FaultTrap.Fault;
import dev.heddle.app.FaultTrap.Target;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Threads;
import dev.heddle.metadata.StandaloneController;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Lets every call on files fail or hang, one in each run, wherever in the broker it comes from.
 *
 * <p>{@code -Dheddle.faults.all=true} tries each place more than once, and with every kind of failure.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class DiskFaultTest {

    private static final boolean ALL = Boolean.getBoolean("heddle.faults.all");

    /** Where an exception that nobody expected ends up. */
    private static final List<Class<?>> LAST_RESORTS =
            List.of(Threads.class, BackgroundScheduler.class, StandaloneController.class);

    private final ListAppender<ILoggingEvent> unexpected = new ListAppender<>();

    /** A run that may fail. */
    private interface Run {
        void run() throws Exception;
    }

    @BeforeEach
    void listen() {
        unexpected.start();
        for (Class<?> last : LAST_RESORTS) {
            Logger logger = (Logger) LoggerFactory.getLogger(last);
            logger.setLevel(Level.ERROR);
            logger.setAdditive(false);
            logger.addAppender(unexpected);
        }
    }

    @AfterEach
    void listenNoMore() {
        for (Class<?> last : LAST_RESORTS) {
            Logger logger = (Logger) LoggerFactory.getLogger(last);
            logger.setLevel(null);
            logger.detachAppender(unexpected);
        }
    }

    /** What went wrong, in any of the runs. */
    private List<String> failures(Map<String, Run> runs) {
        var failures = new ConcurrentLinkedQueue<String>();
        int threads = Runtime.getRuntime().availableProcessors();
        try (var pool = Executors.newFixedThreadPool(threads, Threads.platformFactory("machine"))) {
            runs.forEach((name, run) -> pool.execute(() -> {
                try {
                    run.run();
                } catch (Throwable e) {
                    failures.add(name + ": " + e);
                }
            }));
        }
        unexpected.list.forEach(event -> failures.add(event.getFormattedMessage()));
        return List.copyOf(failures);
    }

    private static Map<String, Run> runs(Path directory, Fault fault) throws IOException {
        var runs = new TreeMap<String, Run>();
        Map<String, Integer> places = new TreeMap<>(FaultRun.places(directory));
        assertTrue(places.size() > 50, "only " + places.keySet());
        places.forEach((place, passes) -> {
            for (int passed : times(place, passes)) {
                if (!isWorthwhile(place, fault)) continue;
                var target = new Target(place, passed, fault);
                runs.put(target.toString(), () -> new FaultRun(directory, target).run());
            }
        });
        return runs;
    }

    /** How often the place was passed before the call that fails. */
    private static List<Integer> times(String place, int passes) {
        if (ALL)
            return List.of(0, passes / 3, 2 * passes / 3).stream().distinct().toList();
        return List.of((place.hashCode() & 2) == 0 ? 0 : passes / 2);
    }

    private static boolean isWorthwhile(String place, Fault fault) {
        DiskCall call = DiskCall.valueOf(place.substring(0, place.indexOf(' ')));
        if (fault == Fault.FULL) return call.needsSpace();
        return ALL || (fault == Fault.DEAD) == ((place.hashCode() & 1) == 0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR", "DEAD", "FULL"})
    void onlyTheDirectoryThatFailsIsOfflineAndNothingIsLost(Fault fault) throws IOException {
        assertEquals(List.of(), failures(runs(SmallBroker.FIRST_DIRECTORY, fault)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR", "DEAD", "FULL"})
    void whenTheMetadataCannotBeWrittenNothingIsLost(Fault fault) throws IOException {
        assertEquals(List.of(), failures(runs(FaultRun.METADATA_DIRECTORY, fault)));
    }

    @Test
    void whileACallHangsTheOtherDirectoryIsUsedAndThenEverythingGoesOn() throws IOException {
        var runs = new TreeMap<String, Run>();
        var reached = new ConcurrentLinkedQueue<String>();
        for (String place : StallRun.places().keySet()) {
            runs.put(place, () -> {
                if (StallRun.at(place)) reached.add(place);
            });
        }
        assertEquals(List.of(), failures(runs));
        assertTrue(reached.size() > 30, "only " + reached);
    }
}
