package dev.heddle.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Makes calls on one directory fail or hang, by where in the broker they come from. Any thread may call it.
 *
 * <p>A place is the kind of call with the methods on the stack that led to it. The n-th call would be another one in every
 * run, since several threads make calls; the n-th call from one place is much the same.
 */
final class FaultTrap implements SimulatedDisk.Trap {

    /** What happens to a call. */
    enum Fault {
        /** One call fails, and all later ones work. */
        ERROR,
        /** One call fails, and every later one on that directory. */
        DEAD,
        /** For a while everything that needs room fails. */
        FULL,
        /** One call waits until it is let go. */
        STALL
    }

    /** Where a call comes from, how often it was passed before, and what happens to it then. */
    record Target(String place, int passed, Fault fault) {}

    private static final StackWalker STACK = StackWalker.getInstance();
    private static final int DEPTH = 6;

    /** So many calls fail while a disk is full. */
    private static final int FULL_CALLS = 12;

    private final Path directory;
    private final Target target;
    private final Map<String, Integer> passes = new ConcurrentHashMap<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch reached = new CountDownLatch(1);

    /** How many more calls fail for want of room. */
    private final AtomicInteger fullFor = new AtomicInteger(FULL_CALLS);

    /** Publishes that nothing fails any more. */
    private volatile boolean disarmed;

    FaultTrap(Path directory, Target target) {
        this.directory = directory;
        this.target = target;
    }

    /** Every place that calls came from, with their number. */
    Map<String, Integer> passes() {
        return passes;
    }

    boolean fired() {
        return reached.getCount() == 0;
    }

    /** Waits until a call hangs; false if the client comes to its end before. */
    boolean awaitStall(Thread client) {
        try {
            while (client.isAlive()) {
                if (reached.await(1, TimeUnit.MILLISECONDS)) return true;
            }
            return fired();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing fails any more, and what waits goes on. */
    void disarm() {
        disarmed = true;
        release.countDown();
    }

    /** Whether the disk was full and is so no more. */
    boolean hasRoom() {
        return target.fault == Fault.FULL && (disarmed || fullFor.get() <= 0);
    }

    @Override
    public void before(DiskCall call, Path path) throws IOException {
        if (disarmed || !path.startsWith(directory)) return;
        String place = place(call);
        int passed = passes.merge(place, 1, Integer::sum) - 1;
        if (place.equals(target.place) && passed == target.passed) reached.countDown();
        else if (!fired() || target.fault == Fault.ERROR || target.fault == Fault.STALL) return;
        strike(call);
    }

    private void strike(DiskCall call) throws IOException {
        switch (target.fault) {
            case ERROR, DEAD -> throw new IOException("Input/output error");
            case STALL -> await();
            case FULL -> {
                if (!call.needsSpace() || fullFor.getAndDecrement() <= 0) return;
                throw new IOException("No space left on device");
            }
        }
    }

    private void await() throws IOException {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static String place(DiskCall call) {
        List<String> frames = STACK.walk(all -> all.filter(
                        frame -> frame.getClassName().startsWith("dev.heddle.") && !isPlumbing(frame.getClassName()))
                .limit(DEPTH)
                .map(FaultTrap::name)
                .toList());
        return call + frames.stream().collect(Collectors.joining(" < ", " ", ""));
    }

    private static boolean isPlumbing(String className) {
        return className.contains(".Simulated")
                || className.contains(".FaultTrap")
                || className.contains(".Gated")
                || className.contains(".FileCallGate")
                || className.contains(".AwaitedTask");
    }

    private static String name(StackWalker.StackFrame frame) {
        String simple = frame.getClassName().substring(frame.getClassName().lastIndexOf('.') + 1);
        return simple + "." + frame.getMethodName().replaceAll("^lambda\\$(\\w+)\\$\\d+$", "$1");
    }
}
