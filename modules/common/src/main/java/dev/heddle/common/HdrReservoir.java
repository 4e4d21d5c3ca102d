package dev.heddle.common;

import com.codahale.metrics.Reservoir;
import com.codahale.metrics.Snapshot;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the distribution of recent values to two significant digits, the largest one included. Any thread may update
 * it, without waiting for another; snapshots are taken one at a time.
 *
 * <p>What a snapshot shows are the values of the last five to ten minutes. If nobody has looked for longer than that,
 * it shows all since the last look.
 */
public final class HdrReservoir implements Reservoir {

    private static final int SIGNIFICANT_DIGITS = 2;
    private static final long WINDOW_NANOS = 5L * 60 * 1_000_000_000;

    private final Time time;
    private final Recorder recorder = new Recorder(SIGNIFICANT_DIGITS);

    /** Most of what is measured in milliseconds is 0, and counting that is cheaper than recording it. */
    private final LongAdder zeros = new LongAdder();

    /** Guards what follows. Never taken by an update. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Values since {@link #windowStartNanos}; null until the first snapshot. */
    private @Nullable Histogram current;

    /** Values of the window before. */
    private @Nullable Histogram previous;

    /** Handed back to the recorder, which fills it anew. */
    private @Nullable Histogram recycled;

    /** How many of {@link #zeros} earlier snapshots have counted. */
    private long zerosSeen;

    private long windowStartNanos;

    public HdrReservoir() {
        this(Time.SYSTEM);
    }

    public HdrReservoir(Time time) {
        this.time = time;
        windowStartNanos = time.nanoseconds();
    }

    /** How many values a snapshot would show. */
    @Override
    public int size() {
        return getSnapshot().size();
    }

    /** Counts a value; a negative one, which only a clock that stepped back can bring, counts as 0. */
    @Override
    public void update(long value) {
        if (value <= 0) zeros.increment();
        else recorder.recordValue(value);
    }

    @Override
    public Snapshot getSnapshot() {
        lock.lock();
        try {
            Histogram fresh = recorder.getIntervalHistogram(recycled);
            recycled = fresh;
            if (time.nanoseconds() - windowStartNanos >= WINDOW_NANOS) rotate();
            if (current == null) current = new Histogram(SIGNIFICANT_DIGITS);
            current.setAutoResize(true);
            current.add(fresh);
            long zerosNow = zeros.sum();
            current.recordValueWithCount(0, zerosNow - zerosSeen);
            zerosSeen = zerosNow;
            Histogram all = current.copy();
            if (previous != null) all.add(previous);
            return new HdrSnapshot(all);
        } finally {
            lock.unlock();
        }
    }

    private void rotate() {
        previous = current;
        current = null;
        windowStartNanos = time.nanoseconds();
    }
}
