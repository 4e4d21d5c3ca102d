package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Cuts the power of a whole broker again and again, and compares each time what is there with what was promised.
 *
 * <p>{@code -Dheddle.powercut.cuts=n} sets how many times, {@code -Dheddle.powercut.seed=n} the first seed; a seed that
 * fails is printed with its cause, and run again alone by giving it with {@code -Dheddle.powercut.cuts=1}. {@code ./build
 * power-cuts CUTS SEED} does that. How much of a run follows from its seed is said in {@link Machine}.
 */
class PowerCutTest {

    private static final int CUTS = Integer.getInteger("heddle.powercut.cuts", 1000);
    private static final long FIRST_SEED = Long.getLong("heddle.powercut.seed", 1);

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void whatWasAcknowledgedIsThereAfterAnyPowerCut() {
        var failures = new ConcurrentLinkedQueue<AssertionError>();
        var cuts = new AtomicInteger();
        var next = new AtomicInteger();
        List<Runnable> work = new ArrayList<>();
        for (int i = 0; i < Math.min(Runtime.getRuntime().availableProcessors(), CUTS); i++) {
            work.add(() -> {
                while (cuts.get() < CUTS && failures.isEmpty()) {
                    long seed = FIRST_SEED + next.getAndIncrement();
                    try {
                        var machine = new Machine(seed);
                        machine.run();
                        cuts.addAndGet(machine.cuts());
                    } catch (Throwable e) {
                        failures.add(new AssertionError("-Dheddle.powercut.seed=" + seed + " fails: " + e, e));
                    }
                }
            });
        }
        try (var pool = Executors.newFixedThreadPool(work.size(), Threads.platformFactory("machine"))) {
            work.forEach(pool::execute);
        }
        if (!failures.isEmpty()) throw failures.peek();
        assertTrue(cuts.get() >= CUTS);
    }
}
