package dev.heddle.network;

import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A selector that is woken only if its thread sleeps. Any thread may call {@link #wakeUp} and {@link #idleRatio}; the
 * rest belongs to the one thread that selects.
 *
 * <p>For maintainers: whoever brings work puts it into a queue first and then calls {@link #wakeUp}. The thread says
 * that it is about to sleep, looks into its queues once more, and only then sleeps. So either that look finds the work,
 * or the wake-up is not lost; and of many who bring work while the thread sleeps, the first one alone pays for the
 * system call.
 */
final class WakeableSelector {

    private final Selector selector;
    private final Time time;
    private final IdleRatio idleRatio;

    /** Whether the thread sleeps or is about to; whoever changes it to false has to wake the thread. */
    private final AtomicBoolean asleep = new AtomicBoolean();

    /** The thread's own memory of whether its present selection began asleep. */
    private boolean sleeping;

    WakeableSelector(Selector selector, Time time) {
        this.selector = selector;
        this.time = time;
        idleRatio = new IdleRatio(time);
    }

    Selector selector() {
        return selector;
    }

    IdleRatio idleRatio() {
        return idleRatio;
    }

    void wakeUp() {
        if (asleep.get() && asleep.compareAndSet(true, false)) selector.wakeup();
    }

    /**
     * Calls {@code onReady} for every channel that is ready, after waiting for one if there is nothing else to do.
     *
     * @param hasWork looks into the queues
     * @param timeoutMs how long to wait at most; 0 for ever
     */
    void select(BooleanSupplier hasWork, Consumer<SelectionKey> onReady, long timeoutMs) throws IOException {
        asleep.set(true);
        if (hasWork.getAsBoolean()) {
            asleep.set(false);
            selector.selectNow(onReady);
            return;
        }
        sleeping = true;
        idleRatio.waitBegins(time.nanoseconds());
        try {
            selector.select(
                    key -> {
                        awake();
                        onReady.accept(key);
                    },
                    timeoutMs);
        } finally {
            awake();
        }
    }

    private void awake() {
        if (!sleeping) return;
        sleeping = false;
        asleep.set(false);
        idleRatio.waitEnds(time.nanoseconds());
    }

    void close() throws IOException {
        selector.close();
    }
}
