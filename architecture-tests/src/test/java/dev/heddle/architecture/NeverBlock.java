package dev.heddle.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Follows every call that the {@code run} method of a class leads to, through the code below the root package, and
 * reports the way to each call that may block.
 *
 * <p>A call of an interface or of a class that can be extended leads to all its implementations. Where it stops: at a
 * request's hand-over to a handler strategy, which may run its handler on the spot if that is known not to wait; and where a
 * thread is made, because that runs elsewhere.
 */
final class NeverBlock extends ArchCondition<JavaClass> {

    private static final Map<String, Set<String>> BLOCKING = Map.ofEntries(
            Map.entry("java.lang.Thread", Set.of("sleep", "join")),
            Map.entry("java.lang.Object", Set.of("wait")),
            Map.entry("java.lang.Process", Set.of("waitFor")),
            Map.entry("java.util.concurrent.locks.LockSupport", Set.of("park", "parkNanos", "parkUntil")),
            Map.entry("java.util.concurrent.locks.Condition", Set.of("await", "awaitNanos", "awaitUninterruptibly")),
            Map.entry("java.util.concurrent.BlockingQueue", Set.of("put", "take")),
            Map.entry("java.util.concurrent.ArrayBlockingQueue", Set.of("put", "take")),
            Map.entry("java.util.concurrent.LinkedBlockingQueue", Set.of("put", "take")),
            Map.entry("java.util.concurrent.CountDownLatch", Set.of("await")),
            Map.entry("java.util.concurrent.CyclicBarrier", Set.of("await")),
            Map.entry("java.util.concurrent.Semaphore", Set.of("acquire", "acquireUninterruptibly")),
            Map.entry("java.util.concurrent.Future", Set.of("get")),
            Map.entry("java.util.concurrent.CompletableFuture", Set.of("get", "join")),
            Map.entry("java.util.concurrent.ExecutorService", Set.of("awaitTermination", "invokeAll", "close")),
            Map.entry("java.nio.channels.FileChannel", Set.of("open", "read", "write", "force", "lock")));

    private static final Set<String> ENDS =
            Set.of("requestchannel.RequestDispatcher", "requestchannel.RequestHandler", "common.Threads");

    private final String root;

    NeverBlock(String root) {
        super("never block in their loop");
        this.root = root;
    }

    @Override
    public void check(JavaClass loop, ConditionEvents events) {
        var reachedFrom = new HashMap<JavaCodeUnit, JavaCodeUnit>();
        Deque<JavaCodeUnit> next = new ArrayDeque<>();
        loop.getMethods().stream()
                .filter(method -> method.getName().equals("run"))
                .forEach(run -> {
                    reachedFrom.put(run, run);
                    next.add(run);
                });
        if (next.isEmpty()) {
            events.add(SimpleConditionEvent.violated(loop, loop.getName() + " has no run method: what is its loop?"));
        }
        while (!next.isEmpty()) {
            JavaCodeUnit unit = next.remove();
            for (JavaCodeUnitAccess<?> call : accesses(unit)) {
                if (mayBlock(call)) {
                    String way =
                            way(reachedFrom, unit) + " → " + call.getTarget().getFullName();
                    events.add(SimpleConditionEvent.violated(loop, way));
                }
                targets(call)
                        .filter(target -> reachedFrom.putIfAbsent(target, unit) == null)
                        .forEach(next::add);
            }
        }
    }

    private static List<JavaCodeUnitAccess<?>> accesses(JavaCodeUnit unit) {
        var accesses = new ArrayList<JavaCodeUnitAccess<?>>(unit.getCallsFromSelf());
        accesses.addAll(unit.getMethodReferencesFromSelf());
        accesses.addAll(unit.getConstructorReferencesFromSelf());
        return accesses;
    }

    private boolean mayBlock(JavaCodeUnitAccess<?> call) {
        JavaClass owner = call.getTargetOwner();
        if (owner.getName().equals(root + ".common.Waiter"))
            return call.getName().equals("await");
        if (owner.getName().equals(root + ".common.Time")) return call.getName().equals("park");
        return owner.getName().equals("java.nio.file.Files")
                || BLOCKING.getOrDefault(owner.getName(), Set.of()).contains(call.getName());
    }

    private Stream<JavaCodeUnit> targets(JavaCodeUnitAccess<?> call) {
        JavaClass owner = call.getTargetOwner();
        if (!owner.getPackageName().startsWith(root + ".")) return Stream.of();
        if (ENDS.contains(owner.getName().substring(root.length() + 1))) return Stream.of();
        return Stream.concat(Stream.of(owner), owner.getAllSubclasses().stream())
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(unit -> unit.getName().equals(call.getName())
                        && unit.getRawParameterTypes().equals(call.getTarget().getRawParameterTypes()));
    }

    private static String way(Map<JavaCodeUnit, JavaCodeUnit> reachedFrom, JavaCodeUnit end) {
        var way = new StringBuilder();
        for (JavaCodeUnit unit = end; ; unit = reachedFrom.get(unit)) {
            way.insert(0, unit.getOwner().getSimpleName() + "." + unit.getName() + (way.isEmpty() ? "" : " → "));
            if (reachedFrom.get(unit) == unit) return way.toString();
        }
    }
}
