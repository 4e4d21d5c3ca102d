package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.coordinator.delivery.Run.Batch;
import dev.heddle.coordinator.delivery.Run.Decision;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What members and clocks do to the records in flight. Not thread-safe: the lock of {@link SharePartition} guards it.
 *
 * <p>For maintainers: what is to be written down is not true before it is written. Until then a run stays what it was,
 * with a {@link Decision} beside it, which keeps everybody else away; so there is nothing to undo if the write fails.
 */
final class InFlight {

    private final Runs runs;

    private InFlight(Runs runs) {
        this.runs = runs;
    }

    /**
     * Begins with what was written down.
     *
     * @param batches in order and without overlaps, none before {@code start}; nothing is known of what lies between them
     * @throws IllegalStateException if they are not
     */
    static InFlight of(long start, List<StateBatch> batches) {
        var runs = new Runs(start);
        for (StateBatch batch : batches) {
            if (batch.firstOffset() < runs.next() || batch.lastOffset() < batch.firstOffset())
                throw new IllegalStateException(batch + " does not follow " + runs.next());
            if (batch.firstOffset() > runs.next()) runs.append(Run.unknown(runs.next(), batch.firstOffset() - 1));
            runs.append(Run.of(
                    batch.firstOffset(),
                    batch.lastOffset(),
                    new Batch(batch.firstOffset(), batch.lastOffset()),
                    settled(DeliveryState.ofId(batch.deliveryState())),
                    batch.deliveryCount()));
        }
        runs.trim();
        return new InFlight(runs);
    }

    /** Nobody has anything when a leader begins. */
    private static DeliveryState settled(DeliveryState state) {
        return state == DeliveryState.ACQUIRED ? DeliveryState.AVAILABLE : state;
    }

    Runs runs() {
        return runs;
    }

    /** Where the log is to be read next: at the first record that came back, or behind everything. */
    long nextFetchOffset() {
        for (Run run : runs.all()) if (run.isAvailable()) return run.first();
        return runs.next();
    }

    /** Whether something may be acquired, as far as the limit goes. */
    boolean hasRoom(int maxInFlight) {
        return runs.size() < maxInFlight || nextFetchOffset() < runs.next();
    }

    /** How many records behind start the group is done with, counting what is being written as written. */
    int deliveryCompleteCount() {
        long count = 0;
        for (Run run : runs.all()) if (run.isDone() && !run.isGap()) count += run.size();
        return (int) count;
    }

    /** How many batches are in flight. */
    int batchCount() {
        int count = 0;
        Batch before = null;
        for (Run run : runs.all()) {
            if (run.batch() != null && !run.batch().equals(before)) count++;
            before = run.batch();
        }
        return count;
    }

    /**
     * A member says what became of its records: all of it holds, or nothing.
     *
     * @param renewedUntilNanos until when what is renewed is kept; null if nothing may be renewed
     * @return what is to be written; it may be nothing
     * @throws AnswerException INVALID_RECORD_STATE or INVALID_REQUEST, and nothing has changed
     */
    Change acknowledge(
            String memberId,
            List<Acknowledgement> acknowledgements,
            int maxDeliveryCount,
            @Nullable Long renewedUntilNanos) {
        long behind = runs.start();
        for (Acknowledgement said : acknowledgements) {
            if (said.lastOffset() < runs.start()) continue;
            ensureHeld(memberId, said, behind);
            if (renewedUntilNanos == null && said.types().contains(Acknowledgement.RENEW))
                throw invalid("Renewing acquisition locks is not enabled for the group.");
            behind = said.lastOffset() + 1;
        }
        var change = new Change();
        for (Acknowledgement said : acknowledgements) apply(said, maxDeliveryCount, renewedUntilNanos, change);
        return change;
    }

    private void ensureHeld(String memberId, Acknowledgement said, long behind) {
        long first = Math.max(said.firstOffset(), runs.start());
        if (runs.size() == 0) throw invalid("No records are in flight.");
        if (first >= runs.next())
            throw new AnswerException(Errors.INVALID_REQUEST, "The first offset is behind the acquired records.");
        if (said.lastOffset() >= runs.next())
            throw new AnswerException(Errors.INVALID_REQUEST, "The last offset is behind the acquired records.");
        if (first < behind) throw invalid("The request speaks of a record twice.");
        for (Run run : runs.between(first, said.lastOffset())) {
            if (!run.isGap() && !run.isHeldBy(memberId)) throw invalid("The member does not have the records.");
        }
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_RECORD_STATE, message);
    }

    private void apply(Acknowledgement said, int maxDeliveryCount, @Nullable Long renewedUntilNanos, Change change) {
        long at = Math.max(said.firstOffset(), runs.start());
        while (at <= said.lastOffset()) {
            long last = said.lastOfSameType(at);
            byte type = said.typeOf(at);
            if (type == Acknowledgement.RENEW) {
                long until = Objects.requireNonNull(renewedUntilNanos);
                runs.replace(at, last, run -> run.isHeld() ? run.heldUntil(until) : run);
            } else {
                decide(at, last, change, Run::isHeld, run -> target(type, run, maxDeliveryCount));
            }
            at = last + 1;
        }
    }

    private static DeliveryState target(byte type, Run run, int maxDeliveryCount) {
        return switch (type) {
            case Acknowledgement.ACCEPT -> DeliveryState.ACKNOWLEDGED;
            case Acknowledgement.RELEASE -> run.released(maxDeliveryCount);
            case Acknowledgement.REJECT, Acknowledgement.GAP -> DeliveryState.ARCHIVED;
            default -> throw new AnswerException(Errors.INVALID_REQUEST, "There is no acknowledge type " + type);
        };
    }

    private void decide(
            long first, long last, Change change, Predicate<Run> concerned, Function<Run, DeliveryState> target) {
        runs.replace(first, last, run -> {
            if (!concerned.test(run)) return run;
            DeliveryState becomes = target.apply(run);
            change.add(run, becomes);
            return run.deciding(new Decision(change, becomes));
        });
    }

    /** A member gives back everything that it has and has not spoken of. */
    Change release(String memberId, int maxDeliveryCount) {
        var change = new Change();
        decide(
                runs.start(),
                runs.next() - 1,
                change,
                run -> run.isHeldBy(memberId),
                run -> run.released(maxDeliveryCount));
        return change;
    }

    /**
     * Takes away what members have had for too long. This holds at once, whether it can be written down or not.
     *
     * @return what is to be written; it may be nothing
     */
    Change expire(long nowNanos, int maxDeliveryCount) {
        var change = new Change();
        runs.replace(runs.start(), runs.next() - 1, run -> {
            if (!run.isHeld() || !isOver(run, nowNanos)) return run;
            DeliveryState becomes = run.released(maxDeliveryCount);
            change.add(run, becomes);
            return run.become(becomes);
        });
        return change;
    }

    private static boolean isOver(Run run, long nowNanos) {
        return run.hold() != null && run.hold().deadlineNanos() - nowNanos <= 0;
    }

    /** When the next acquisition lock ends that nothing is being written of. */
    OptionalLong nextDeadlineNanos(long nowNanos) {
        return runs.all().stream()
                .filter(Run::isHeld)
                .mapToLong(run -> Objects.requireNonNull(run.hold()).deadlineNanos() - nowNanos)
                .min()
                .stream()
                .map(left -> nowNanos + left)
                .findFirst();
    }

    /** What was decided holds now: it is written. */
    void commit(Change change) {
        conclude(change, decision -> run -> run.become(decision.target()));
    }

    /** It could not be written: everything stays as it was, but for locks that would have ended meanwhile. */
    void rollBack(Change change, long nowNanos, int maxDeliveryCount) {
        conclude(
                change,
                decision ->
                        run -> isOver(run, nowNanos) ? run.become(run.released(maxDeliveryCount)) : run.undecided());
    }

    private void conclude(Change change, Function<Decision, Function<Run, Run>> outcome) {
        for (StateBatch batch : change.batches()) {
            runs.replace(batch.firstOffset(), batch.lastOffset(), run -> {
                Decision decision = run.decision();
                return decision == null || decision.change() != change
                        ? run
                        : outcome.apply(decision).apply(run);
            });
        }
    }

    /** The log begins at {@code offset}: the group is done with what lay before it. */
    void moveStart(long offset) {
        runs.dropBefore(offset);
    }
}
