package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs named steps in order, and undoes them in reverse. Any thread may call it; start and close exclude each other.
 */
final class StepSequence implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StepSequence.class);

    /** What a step does on the way up. */
    interface Work {
        void run() throws Exception;
    }

    /**
     * A step of the way up, and of the way down.
     *
     * @param undo is called even if {@code start} has failed half-way, and cleans up what it finds
     */
    record Step(String name, Work start, AutoCloseable undo) {}

    /** Guards {@link #started} and lets one start or close run at a time. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Deque<Step> started = new ArrayDeque<>();

    /**
     * Runs every step. If one fails, it and those before it are undone in reverse, and the failure is thrown with theirs
     * suppressed in it.
     *
     * @throws StopBrokerException names the step and its cause in one line
     */
    void start(List<Step> steps) {
        lock.lock();
        try {
            for (Step step : steps) {
                LOG.info("Starting: step={}", step.name());
                started.push(step);
                step.start().run();
            }
        } catch (Exception e) {
            StopBrokerException failure = explain(started.element().name(), e);
            Exception closing = undoAll();
            if (closing != null) failure.addSuppressed(closing);
            throw failure;
        } finally {
            lock.unlock();
        }
    }

    private static StopBrokerException explain(String step, Exception e) {
        if (e instanceof StopBrokerException stop) return stop;
        return new StopBrokerException("step '" + step + "' failed: " + oneLine(e), e);
    }

    /** The message of an exception whose author may not have thought of one line. */
    static String oneLine(Throwable e) {
        String message = e.getMessage();
        String kind = e.getClass().getSimpleName();
        return message == null ? kind : kind + ": " + message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /**
     * Undoes what has been started, in reverse. Each step is undone even if another fails.
     *
     * @throws StopBrokerException the first failure is its cause, the others are suppressed in that
     */
    @Override
    public void close() {
        lock.lock();
        try {
            Exception failure = undoAll();
            if (failure != null) throw new StopBrokerException("shutdown failed: " + oneLine(failure), failure);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Exception undoAll() {
        Exception first = null;
        while (!started.isEmpty()) {
            Step step = started.pop();
            LOG.info("Stopping: step={}", step.name());
            try {
                step.undo().close();
            } catch (Exception e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
