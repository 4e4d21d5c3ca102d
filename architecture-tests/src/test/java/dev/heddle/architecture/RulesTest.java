package dev.heddle.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.FailureReport;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Each rule holds for Heddle, and fails for the fixture that breaks it, in every way that it is broken there. */
class RulesTest {

    private static final String FIXTURES = "dev.heddle.architecture.fixture";

    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(FIXTURES);

    private static void holds(Function<String, ArchRule> rule) {
        rule.apply(Production.ROOT).check(Production.classes());
    }

    /** The rule finds a violation for each of {@code signs}, and none without one. */
    private static void fails(Function<String, ArchRule> rule, String... signs) {
        FailureReport report = rule.apply(FIXTURES).evaluate(BROKEN).getFailureReport();
        String all = String.join("\n", report.getDetails());
        for (String sign : signs) assertTrue(all.contains(sign), sign + " is not among:\n" + all);
        List<String> unexpected = report.getDetails().stream()
                .filter(detail -> List.of(signs).stream().noneMatch(detail::contains))
                .toList();
        assertEquals(List.of(), unexpected);
    }

    @Test
    void theImportFoundAsManyClassesAsThereAreClassFiles() {
        var imported = Production.classes().stream()
                .map(JavaClass::getName)
                .filter(name -> !name.endsWith("module-info"))
                .map(name -> name.replace('.', '/') + ".class")
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(Production.classFiles()), imported);
        assertTrue(imported.size() > 100, "only " + imported.size());
    }

    @Test
    void modulesUseOnlyTheModulesBelowThem() {
        holds(ModuleEdges::allowed);
        fails(ModuleEdges::allowed, "log may not use handlers", "LogThatKnowsHandlers", "is in no known module");
    }

    @Test
    void packagesHaveNoCycles() {
        holds(Rules::noCycles);
        fails(Rules::noCycles, "Cycle detected: Slice handlers");
    }

    @Test
    void socketsAreOnlyInNetwork() {
        holds(Rules::socketsOnlyInNetwork);
        fails(Rules::socketsOnlyInNetwork, "HandlerWithASocket");
    }

    @Test
    void filesAreWrittenOnlyInLog() {
        holds(Rules::filesOnlyInLog);
        fails(Rules::filesOnlyInLog, "MetadataWithFiles.map", "MetadataWithFiles.write", "MetadataWithFiles.old");
    }

    @Test
    void threadsComeOnlyFromTheFactory() {
        holds(Rules::threadsOnlyFromTheFactory);
        fails(
                Rules::threadsOnlyFromTheFactory,
                "OwnThreads.byHand",
                "OwnThreads.byBuilder",
                "OwnThreads.byPool",
                "OwnThreads.byFuture",
                "OwnThreads.byStream",
                "OwnThreads.byReference");
    }

    @Test
    void nothingIsSynchronized() {
        holds(Rules::nothingSynchronized);
        fails(Rules::nothingSynchronized, "OwnThreads.locked");
    }

    @Test
    void clocksAreReadOnlyThroughTime() {
        holds(Rules::clocksOnlyThroughTime);
        fails(
                Rules::clocksOnlyThroughTime,
                "OwnClock.millis",
                "OwnClock.instant",
                "OwnClock.date",
                "OwnClock.reference");
    }

    @Test
    void waitingIsOnlyThroughAWaiter() {
        holds(Rules::waitingOnlyThroughWaiter);
        fails(
                Rules::waitingOnlyThroughWaiter,
                "OwnClock.sleeps",
                "OwnClock.parks",
                "OwnClock.interrupts",
                "Processor.nap");
    }

    @Test
    void theEnvironmentIsReadAndTheProcessEndedOnlyInApp() {
        holds(Rules::theProcessOnlyInApp);
        fails(
                Rules::theProcessOnlyInApp,
                "OwnEnvironment.variable",
                "OwnEnvironment.property",
                "OwnEnvironment.flag",
                "OwnEnvironment.end");
    }

    @Test
    void thereAreNoThreadLocals() {
        holds(Rules::noThreadLocals);
        fails(Rules::noThreadLocals, "OwnThreads.cache", "OwnThreads.<clinit>");
    }

    @Test
    void noExceptionIsBare() {
        holds(Rules::noBareRuntimeExceptions);
        fails(Rules::noBareRuntimeExceptions, "OwnEnvironment.bare");
    }

    @Test
    void constructorsHaveFewParameters() {
        holds(Rules::fewConstructorParameters);
        fails(Rules::fewConstructorParameters, "TooManyParameters");
    }

    @Test
    void theProcessorsLoopNeverBlocks() {
        holds(Rules::theLoopDoesNotBlock);
        fails(
                Rules::theLoopDoesNotBlock,
                "Processor.run → Processor.nap → java.lang.Thread.sleep",
                "Processor.run → BlockingTransport.send → java.util.concurrent.LinkedBlockingQueue.put");
    }
}
