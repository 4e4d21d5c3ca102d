package dev.heddle.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The rules about code, each for the modules below a root package: Heddle's own, or that of the fixtures which break
 * every one of them.
 */
final class Rules {

    private static final int MAX_PARAMETERS = 6;

    private Rules() {}

    static ArchRule noCycles(String root) {
        return slices().matching(root + ".(*)..")
                .should()
                .beFreeOfCycles()
                .because("in a cycle nothing can be understood before everything else is");
    }

    static ArchRule socketsOnlyInNetwork(String root) {
        return noClasses()
                .that(are(root)
                        .and(outside(root + ".network"))
                        .and(notNamed(root + ".app.RehearsalClient"))) // a client of the broker, for the start-up cache
                .should()
                .dependOnClassesThat(nameMatching(
                        "java\\.nio\\.channels\\.(Selector|SelectionKey|(Server)?SocketChannel|DatagramChannel"
                                + "|Asynchronous(Server)?SocketChannel)|java\\.net\\.(Server|Datagram)?Socket"))
                .because("who may read a socket, and on which thread, is decided in one module");
    }

    static ArchRule filesOnlyInLog(String root) {
        return noClasses()
                .that(are(root)
                        .and(outside(root + ".log"))
                        .and(notNamed(root + ".network.PlaintextTransport")) // hands file regions to the kernel
                        .and(notNamed(root + ".app.Rehearsal"))) // a temporary directory of its own
                .should()
                .dependOnClassesThat(nameMatching("java\\.nio\\.channels\\.(Asynchronous)?FileChannel"
                        + "|java\\.nio\\.MappedByteBuffer|java\\.io\\.(RandomAccessFile|File(OutputStream|Writer))"))
                .orShould(callWhere("write files", Rules::writesFiles))
                .because("a stalled or failing disk is contained in one module, and its faults can be injected there");
    }

    private static boolean writesFiles(JavaCodeUnitAccess<?> call) {
        return call.getTargetOwner().getName().equals("java.nio.file.Files")
                && call.getName()
                        .matches(
                                "write.*|new(BufferedWriter|OutputStream|ByteChannel)|create.*|delete.*|move|copy|set.*");
    }

    static ArchRule threadsOnlyFromTheFactory(String root) {
        return noClasses()
                .that(are(root).and(notNamed(root + ".common.Threads")))
                .should(callWhere("make threads that have no name of ours", Rules::makesThreads))
                .because("every thread has a name that can be searched for, and none is made behind our back");
    }

    private static boolean makesThreads(JavaCodeUnitAccess<?> call) {
        String owner = call.getTargetOwner().getName();
        boolean givenFactory = call.getTarget().getRawParameterTypes().stream()
                .anyMatch(type -> type.getName().equals("java.util.concurrent.ThreadFactory"));
        boolean constructor = call.getName().equals(JavaConstructor.CONSTRUCTOR_NAME);
        return switch (owner) {
            case "java.lang.Thread" ->
                constructor
                        ? !call.getOriginOwner().isAssignableTo(ManagedWaitHost.NAME)
                        : Set.of("ofPlatform", "ofVirtual", "startVirtualThread")
                                .contains(call.getName());
            case "java.util.concurrent.Executors" -> !givenFactory;
            case "java.util.concurrent.ThreadPoolExecutor", "java.util.concurrent.ScheduledThreadPoolExecutor" ->
                constructor && !givenFactory;
            case "java.util.concurrent.CompletableFuture" ->
                call.getName().endsWith("Async")
                        && call.getTarget().getRawParameterTypes().stream()
                                .noneMatch(type -> type.getName().equals("java.util.concurrent.Executor"));
            case "java.util.concurrent.ForkJoinPool", "java.util.Timer" -> true;
            default -> call.getName().matches("parallel(Stream)?") && owner.startsWith("java.util.");
        };
    }

    /** The thread of a bounded pool has to be a class of its own, see {@code dev.heddle.common.ManagedWait}. */
    private static final class ManagedWaitHost {
        static final String NAME = "dev.heddle.common.ManagedWait$Host";
    }

    static ArchRule nothingSynchronized(String root) {
        return methods()
                .that()
                .areDeclaredInClassesThat(are(root))
                .should()
                .notHaveModifier(JavaModifier.SYNCHRONIZED)
                .because("synchronized pins the carrier of a virtual thread on JDK 21 to 23; blocks are Checkstyle's");
    }

    static ArchRule clocksOnlyThroughTime(String root) {
        return noClasses()
                .that(are(root).and(notNamed(root + ".common.Time")))
                .should(callWhere("read a clock", Rules::readsClock))
                .because("what reads a clock of its own cannot be tested without sleeping");
    }

    private static boolean readsClock(JavaCodeUnitAccess<?> call) {
        String owner = call.getTargetOwner().getName();
        return switch (call.getName()) {
            case "currentTimeMillis", "nanoTime" -> owner.equals("java.lang.System");
            case "now" -> owner.startsWith("java.time.");
            case "systemUTC", "systemDefaultZone" -> owner.equals("java.time.Clock");
            case JavaConstructor.CONSTRUCTOR_NAME ->
                owner.equals("java.util.Date")
                        && call.getTarget().getRawParameterTypes().isEmpty();
            default -> owner.startsWith("org.apache.kafka.common.utils.Time");
        };
    }

    static ArchRule waitingOnlyThroughWaiter(String root) {
        return noClasses()
                .that(are(root)
                        .and(outside(root + ".common"))
                        .and(notNamed(root + ".network.Joining"))) // gives one back
                .should(callWhere("sleep, park or interrupt", Rules::sleeps))
                .because(
                        "a wait that a Waiter does not know cannot be cancelled when the client hangs up, and an interrupt"
                                + " inside a FileChannel closes the file for everyone");
    }

    private static boolean sleeps(JavaCodeUnitAccess<?> call) {
        return switch (call.getTargetOwner().getName()) {
            case "java.lang.Thread" -> Set.of("sleep", "interrupt").contains(call.getName());
            case "java.lang.Object" -> call.getName().equals("wait");
            case "java.util.concurrent.locks.LockSupport" -> call.getName().startsWith("park");
            default -> false;
        };
    }

    static ArchRule theProcessOnlyInApp(String root) {
        return noClasses()
                .that(are(root).and(outside(root + ".app")))
                .should(callWhere("read the environment or end the process", Rules::touchesTheProcess))
                .because("a module that reads the environment cannot be configured twice in one JVM, and one that ends"
                        + " the process cannot be embedded");
    }

    private static boolean touchesTheProcess(JavaCodeUnitAccess<?> call) {
        return switch (call.getTargetOwner().getName()) {
            case "java.lang.System" ->
                Set.of("exit", "getenv", "getProperty", "getProperties", "setProperty", "clearProperty")
                        .contains(call.getName());
            case "java.lang.Runtime" ->
                Set.of("exit", "halt", "addShutdownHook").contains(call.getName());
            case "java.lang.Boolean" -> call.getName().equals("getBoolean");
            case "java.lang.Integer" -> call.getName().equals("getInteger");
            case "java.lang.Long" -> call.getName().equals("getLong");
            default -> false;
        };
    }

    static ArchRule noThreadLocals(String root) {
        return noClasses()
                .that(are(root))
                .and()
                .doNotHaveFullyQualifiedName(
                        "dev.heddle.common.ManagedWait") // keeps whose work a thread does, no cache
                .should()
                .dependOnClassesThat(assignableTo("java.lang.ThreadLocal"))
                .because("a cache per thread is a leak when every request has a thread of its own");
    }

    static ArchRule noBareRuntimeExceptions(String root) {
        return noClasses()
                .that(are(root))
                .should(callWhere(
                        "throw a bare RuntimeException",
                        call -> call.getName().equals(JavaConstructor.CONSTRUCTOR_NAME)
                                && Set.of("java.lang.RuntimeException", "java.lang.Exception", "java.lang.Error")
                                        .contains(call.getTargetOwner().getName())
                                && !call.getOriginOwner()
                                        .isAssignableTo(call.getTargetOwner().getName())))
                .because("the kind of an exception tells whoever catches it what to do");
    }

    static ArchRule fewConstructorParameters(String root) {
        return constructors()
                .that()
                .areDeclaredInClassesThat(are(root).and(notRecords()))
                .should(haveAtMost(MAX_PARAMETERS))
                .because("a class that needs more has more than one job; what belongs together is a record");
    }

    private static ArchCondition<JavaConstructor> haveAtMost(int parameters) {
        return new ArchCondition<>("have at most " + parameters + " parameters") {
            @Override
            public void check(JavaConstructor constructor, ConditionEvents events) {
                int count = constructor.getRawParameterTypes().size();
                boolean enumConstant = constructor.getOwner().isEnum();
                if (count - (enumConstant ? 2 : 0) > parameters) {
                    events.add(SimpleConditionEvent.violated(
                            constructor, constructor.getDescription() + " has " + count + " parameters"));
                }
            }
        };
    }

    static ArchRule theLoopDoesNotBlock(String root) {
        return classes()
                .that(new DescribedPredicate<>("are the Processor") {
                    @Override
                    public boolean test(JavaClass type) {
                        return type.getName().equals(root + ".network.Processor");
                    }
                })
                .should(new NeverBlock(root))
                .because("one Processor serves many connections: what it waits for, all of them wait for");
    }

    private static DescribedPredicate<JavaClass> are(String root) {
        return JavaClass.Predicates.resideInAPackage(root + "..");
    }

    private static DescribedPredicate<JavaClass> outside(String packageName) {
        return JavaClass.Predicates.resideOutsideOfPackage(packageName + "..");
    }

    private static DescribedPredicate<JavaClass> notNamed(String name) {
        return DescribedPredicate.describe(
                "are not " + name,
                type -> !type.getName().equals(name) && !type.getName().startsWith(name + "$"));
    }

    private static DescribedPredicate<JavaClass> notRecords() {
        return DescribedPredicate.describe("are no records", type -> !type.isRecord());
    }

    /** Looks at calls and at references to methods alike; {@code noClasses} turns what it finds into violations. */
    private static ArchCondition<JavaClass> callWhere(String description, Predicate<JavaCodeUnitAccess<?>> predicate) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Stream.concat(type.getCodeUnitCallsFromSelf().stream(), type.getCodeUnitReferencesFromSelf().stream())
                        .filter(predicate)
                        .forEach(access -> events.add(SimpleConditionEvent.satisfied(access, access.getDescription())));
            }
        };
    }
}
