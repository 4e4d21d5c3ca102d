package dev.heddle.coordinator;

import dev.heddle.common.Scheduler;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.Comparator;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each group when its next deadline comes. Any thread may schedule, without waiting for anyone; one virtual
 * thread, {@code group-expiry}, watches the clock and starts another for each group whose time has come, so that a group
 * that is held up holds up no other.
 *
 * <p>For maintainers: visits stand in a sorted set, at most a few per group, and are touched when a group's earliest
 * deadline is set or has come, never by a heartbeat. 10,000 groups of one member with a session time-out of 45 s cost
 * some 240 looks a second.
 */
final class Expiry implements AutoCloseable {

    /** A moment at which a group is to be looked at. */
    record Visit(long atNanos, long number, Group group) {}

    private final Time time;
    private final Consumer<Visit> visitor;
    private final Scheduler scheduler;
    private final Waiter waiter;
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentSkipListSet<Visit> visits;

    /**
     * @param visitor what to do when the moment has come
     * @param scheduler gives each visit a thread of its own
     */
    Expiry(Time time, Consumer<Visit> visitor, Scheduler scheduler) {
        this.time = time;
        this.visitor = visitor;
        this.scheduler = scheduler;
        waiter = new Waiter(time);
        long origin = time.nanoseconds();
        visits = new ConcurrentSkipListSet<>(Comparator.<Visit>comparingLong(visit -> visit.atNanos() - origin)
                .thenComparingLong(Visit::number));
    }

    void start() {
        Threads.virtual("group-expiry", this::run).start();
    }

    /** Sees to it that the group is looked at by that moment. */
    void schedule(Group group, long atNanos) {
        var visit = new Visit(atNanos, numbers.incrementAndGet(), group);
        visits.add(visit);
        if (first() == visit) waiter.wake();
    }

    private @Nullable Visit first() {
        var iterator = visits.iterator();
        return iterator.hasNext() ? iterator.next() : null;
    }

    private void run() {
        do visitDue();
        while (waiter.await(nextNanos()) != Waiter.Outcome.CANCELLED);
    }

    /** Begins every visit whose moment has come. */
    void visitDue() {
        Visit due;
        while ((due = takeDue()) != null) {
            Visit visit = due;
            scheduler.once("group-expiry-visit", 0, () -> visitor.accept(visit));
        }
    }

    private long nextNanos() {
        Visit next = first();
        return next != null ? next.atNanos() : time.deadlineAfterMs(Long.MAX_VALUE);
    }

    private @Nullable Visit takeDue() {
        Visit next = first();
        if (next == null || !Deadlines.isDue(next.atNanos(), time.nanoseconds())) return null;
        visits.remove(next);
        return next;
    }

    /** How many visits are planned. */
    int planned() {
        return visits.size();
    }

    /** No visit begins any more. */
    @Override
    public void close() {
        waiter.cancel();
        visits.clear();
    }
}
