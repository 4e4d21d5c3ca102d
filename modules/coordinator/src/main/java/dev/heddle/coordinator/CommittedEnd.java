package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.protocol.Errors;

/** How far a coordinator's log is known to be committed. Any thread may call it, and waits in here. */
final class CommittedEnd {

    private final CoordinatorLog log;

    /** The furthest offset that is known to be committed; only grows. */
    private final AtomicLong endOffset = new AtomicLong();

    CommittedEnd(CoordinatorLog log) {
        this.log = log;
    }

    /**
     * Waits until everything below {@code wanted} is committed. No lock is held.
     *
     * @throws AnswerException if the deadline passes, or the waiter is cancelled
     */
    void await(long wanted, Waiter waiter, long deadlineNanos) {
        if (wanted <= endOffset.get()) return;
        if (!log.awaitCommitted(wanted, waiter, deadlineNanos)) throw new AnswerException(Errors.REQUEST_TIMED_OUT);
        endOffset.accumulateAndGet(wanted, Math::max);
    }
}
