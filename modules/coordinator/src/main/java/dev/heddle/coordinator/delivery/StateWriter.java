package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManagedWait;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the changes of one share partition written down, in the order in which they were decided. Any thread may call it;
 * who waits for its change writes it, and all that stand before it, if nobody else does.
 *
 * <p>For maintainers: a write takes as long as the coordinator's log takes to commit. Changes that are decided meanwhile
 * are written together afterwards, by the first in line. A start offset must never overtake one that is lower, so there is
 * one write at a time, and the start offset is read when it begins.
 */
final class StateWriter {

    private static final Logger LOG = LoggerFactory.getLogger(StateWriter.class);

    /** Does the writing, with no lock held but this one's. */
    interface Target {
        /**
         * Writes changes down.
         *
         * @throws AnswerException if that is not possible
         */
        void write(List<Change> changes);

        /**
         * It is decided what becomes of them.
         *
         * @param failure null if they are written
         */
        void conclude(List<Change> changes, @Nullable AnswerException failure);
    }

    private final Target target;

    /** What is to be written, in order. */
    private final ConcurrentLinkedQueue<Change> waiting = new ConcurrentLinkedQueue<>();

    /** Held while writing. Guards the changes' outcome. */
    private final ReentrantLock lock = new ReentrantLock();

    StateWriter(Target target) {
        this.target = target;
    }

    /** Puts a change in line. Whoever decided it calls this under the lock under which it was decided, then {@link #await}. */
    void add(Change change) {
        if (!change.isEmpty()) waiting.add(change);
    }

    /**
     * Waits until the change is written.
     *
     * @throws AnswerException if it could not be
     */
    void await(Change change) {
        if (change.isEmpty()) return;
        ManagedWait.lock(lock);
        try {
            if (!change.isOver()) writeAll();
            AnswerException failure = change.failure();
            if (failure != null) throw failure;
        } finally {
            lock.unlock();
        }
    }

    private void writeAll() {
        List<Change> changes = new ArrayList<>();
        Change next;
        while ((next = waiting.poll()) != null) changes.add(next);
        AnswerException failure = tryWrite(changes);
        for (Change change : changes) {
            if (failure == null) change.written();
            else change.failed(failure);
        }
        target.conclude(changes, failure);
    }

    private @Nullable AnswerException tryWrite(List<Change> changes) {
        try {
            target.write(changes);
            return null;
        } catch (AnswerException e) {
            return e;
        } catch (RuntimeException e) {
            LOG.error("The state of a share partition cannot be written", e);
            return new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
        }
    }
}
