package dev.heddle.handlers;

import com.codahale.metrics.Meter;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.Request;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's classic pool: platform threads that take requests off one queue. Any thread may dispatch; it never blocks,
 * because admission keeps the queue short and the queue itself has no bound to block at.
 *
 * <p>For maintainers: the pool holds the number of <em>runnable</em> handlers at its size. A handler that is about to
 * wait leaves that number ({@link HandlerThread#waitBegins}) and puts a stand-in in its place; when its wait ends there
 * is one too many, and whichever thread finishes a request next steps back. It rests as a spare, because the next wait
 * will need a stand-in again and starting a thread costs more than waking one; a spare that is not needed for
 * {@link #SPARE_KEEP_ALIVE_MS} ends. Every step is one compare-and-set on {@link #runnable}, so no thread ever blocks
 * another. How many threads there can be is bounded by admission: each waiting one holds an admitted request.
 */
final class PlatformHandlers implements HandlerStrategy {

    /** How many handlers stay runnable, and the lane that names them. */
    record Size(Lane lane, int threads) {}

    static final long SPARE_KEEP_ALIVE_MS = 10_000;

    /** An idle thread reports its idle time this often, as Kafka's does, so that the meter stays current. */
    private static final long IDLE_REPORT_MS = 300;

    private static final Logger LOG = LoggerFactory.getLogger(PlatformHandlers.class);

    /** What the queue holds: an admitted request, or the word to end. */
    private record Work(@Nullable Request request) {}

    private static final Work END = new Work(null);

    private final Size size;
    private final RequestRunner runner;
    private final InFlightRequests inFlight;
    private final Meter idle;
    private final Time time;
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();

    /** Threads that take requests or run one, without those that wait and without spares. */
    private final AtomicInteger runnable = new AtomicInteger();

    private final AtomicInteger nextId = new AtomicInteger();

    /** Threads that rest, the latest first. */
    private final ConcurrentLinkedDeque<HandlerThread> spares = new ConcurrentLinkedDeque<>();

    /** Set once, for good: threads end instead of resting. */
    private volatile boolean ending;

    PlatformHandlers(Size size, RequestRunner runner, InFlightRequests inFlight, Meter idle, Time time) {
        this.size = size;
        this.runner = runner;
        this.inFlight = inFlight;
        this.idle = idle;
        this.time = time;
    }

    /** Starts the pool's threads. */
    void start() {
        while (addRunnable()) new HandlerThread().start();
    }

    @Override
    public void dispatch(Request request) {
        inFlight.beginOrRefuse();
        queue.add(new Work(request));
    }

    @Override
    public void close() {
        boolean done = inFlight.close(CLOSE_TIMEOUT_MS);
        if (!done)
            LOG.warn(
                    "Handlers did not end in time: lane={} requests={}",
                    size.lane().prefix(),
                    inFlight.count());
        ending = true;
        queue.add(END);
        spares.forEach(LockSupport::unpark);
    }

    /** How many threads rest. */
    int spares() {
        return spares.size();
    }

    /** Counts one more runnable thread in, unless the pool has its size; the caller provides the thread. */
    private boolean addRunnable() {
        return runnable.getAndUpdate(n -> n < size.threads() ? n + 1 : n) < size.threads();
    }

    /** Counts the calling thread out if there is one runnable thread too many; it must not take another request then. */
    private boolean stepBack() {
        return runnable.getAndUpdate(n -> n > size.threads() ? n - 1 : n) > size.threads();
    }

    private void runStandIn() {
        HandlerThread spare = spares.poll();
        if (spare != null) {
            spare.recall();
            return;
        }
        try {
            new HandlerThread().start();
        } catch (OutOfMemoryError e) {
            runnable.decrementAndGet(); // The wait goes on without a stand-in; the next wait tries again.
            LOG.warn(
                    "No thread for a stand-in: lane={} runnable={}", size.lane().prefix(), runnable.get());
        }
    }

    private final class HandlerThread extends Thread implements ManagedWait.Host {

        /** Publishes to a resting thread that it is runnable again; it alone clears it. */
        private volatile boolean recalled;

        HandlerThread() {
            super(size.lane().prefix() + "-kafka-request-handler-" + nextId.getAndIncrement());
            setDaemon(true);
            setUncaughtExceptionHandler(Threads::uncaught);
        }

        @Override
        public void run() {
            while (true) {
                if (stepBack() && !rest()) return;
                Work work = take();
                if (work == END) break;
                if (work != null) serve(work.request());
            }
            queue.add(END); // for the next thread
        }

        private @Nullable Work take() {
            long startNanos = time.nanoseconds();
            Work work;
            try {
                work = queue.poll(IDLE_REPORT_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return null; // Nobody interrupts these threads; if somebody did, there is still work to do.
            }
            idle.mark((time.nanoseconds() - startNanos) / size.threads());
            return work;
        }

        private void serve(Request request) {
            try {
                request.handle(runner);
            } finally {
                inFlight.end();
            }
        }

        /** Waits as a spare; false if nobody recalled it for so long that it ends. */
        private boolean rest() {
            long deadlineNanos = time.deadlineAfterMs(SPARE_KEEP_ALIVE_MS);
            spares.push(this);
            while (!recalled) {
                boolean enough = ending || deadlineNanos - time.nanoseconds() <= 0;
                // Not among the spares any more: it is being recalled this very moment.
                if (enough && spares.remove(this)) return false;
                if (!enough) time.park(this, deadlineNanos - time.nanoseconds());
                else Thread.onSpinWait();
            }
            recalled = false;
            return true;
        }

        private void recall() {
            recalled = true;
            LockSupport.unpark(this);
        }

        @Override
        public void waitBegins() {
            runnable.decrementAndGet();
            if (addRunnable()) runStandIn();
        }

        @Override
        public void waitEnds() {
            runnable.incrementAndGet();
        }
    }
}
