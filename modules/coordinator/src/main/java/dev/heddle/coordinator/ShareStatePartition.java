package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.State;
import dev.heddle.coordinator.ShareState.Summary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The states of share groups in one partition of {@code __share_group_state}, for as long as this broker leads it once.
 * Any thread may call it.
 *
 * <p>For maintainers: what is asked of a state is decided, appended and taken under one lock, which is held for no I/O but
 * that append. It is one lock for all states of the partition, since {@link #lastNeededOffset} must not overlook a state
 * whose record is in the log already; appends to one log exclude each other anyway. Waiting for the commit comes after.
 */
final class ShareStatePartition implements LedPartition {

    /** What to answer, and up to where the log must be committed before. */
    record Outcome<T>(T value, long endOffset) {}

    private final int id;
    private final CoordinatorLog log;
    private final ShareCoordinator.Context context;
    private final CommittedEnd committed;
    private final Compression compression;
    private final PartitionLife life = new PartitionLife();

    /** Guards everything below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<SharePartitionKey, LoggedShareState> states = new HashMap<>();
    private long lastTombstoneOffset = -1;

    ShareStatePartition(int id, CoordinatorLog log, ShareCoordinator.Context context) {
        this.id = id;
        this.log = log;
        this.context = context;
        this.committed = new CommittedEnd(log);
        this.compression =
                Compression.of(context.config().topic().compression()).build();
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public CoordinatorLog log() {
        return log;
    }

    @Override
    public PartitionLife life() {
        return life;
    }

    @Override
    public int size() {
        lock.lock();
        try {
            return states.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        life.close();
    }

    // ---- what is in the log ----

    /** A record of the log says so; only the loader may call it. */
    void load(ShareRecords.Decoded record, long offset) {
        lock.lock();
        try {
            switch (record) {
                case ShareRecords.Decoded.Snapshot snapshot -> takeSnapshot(snapshot.key(), snapshot.state(), offset);
                case ShareRecords.Decoded.Update update -> takeUpdate(update, offset);
                case ShareRecords.Decoded.Foreign foreign -> {}
            }
        } finally {
            lock.unlock();
        }
    }

    private void takeSnapshot(SharePartitionKey key, @Nullable KeptShareState snapshot, long offset) {
        if (snapshot == null) {
            states.remove(key);
            lastTombstoneOffset = offset;
        } else {
            LoggedShareState before = states.get(key);
            int limit = context.config().updatesPerSnapshot();
            states.put(
                    key,
                    before == null
                            ? LoggedShareState.first(snapshot, offset)
                            : before.withSnapshot(snapshot, offset, limit));
        }
    }

    /** An update whose snapshot has been deleted from the log is all that there is. */
    private void takeUpdate(ShareRecords.Decoded.Update update, long offset) {
        LoggedShareState before = states.get(update.key());
        states.put(
                update.key(),
                before == null
                        ? LoggedShareState.first(
                                new KeptShareState(update.snapshotEpoch(), update.change(), 0, 0), offset)
                        : before.withUpdate(update.change(), offset));
    }

    // ---- what is asked of a state ----

    Outcome<Boolean> initialize(SharePartitionKey key, int stateEpoch, long startOffset) {
        return locked(() -> {
            LoggedShareState before = states.get(key);
            requirePartitionId(key);
            if (before != null) before.requireStateEpoch(stateEpoch);
            context.requireExists(key);
            int snapshotEpoch = before == null ? 0 : before.kept().snapshotEpoch() + 1;
            return new Outcome<>(
                    true,
                    snapshot(key, KeptShareState.initial(snapshotEpoch, stateEpoch, startOffset, context.nowMs())));
        });
    }

    Outcome<State> read(SharePartitionKey key, int leaderEpoch) {
        return locked(() -> {
            LoggedShareState found = require(key, "Read");
            found.requireLeaderEpoch(leaderEpoch);
            context.requireExists(key);
            State state = found.kept().state();
            boolean isKnownLeader = leaderEpoch == ShareState.NO_LEADER_EPOCH || leaderEpoch == found.leaderEpoch();
            if (isKnownLeader) return new Outcome<>(state, found.endOffset());
            var newLeader = new State(
                    state.stateEpoch(), leaderEpoch, state.startOffset(), state.deliveryCompleteCount(), List.of());
            return new Outcome<>(state, change(key, found, newLeader));
        });
    }

    Outcome<Boolean> write(SharePartitionKey key, State change) {
        return locked(() -> {
            LoggedShareState found = require(key, "Write");
            found.requireLeaderEpoch(change.leaderEpoch());
            found.requireStateEpoch(change.stateEpoch());
            context.requireExists(key);
            // As in Kafka, a leader's epoch comes with what it reads, not with what it writes.
            var recorded = new State(
                    change.stateEpoch(),
                    found.kept().state().leaderEpoch(),
                    change.startOffset(),
                    change.deliveryCompleteCount(),
                    change.batches());
            return new Outcome<>(true, change(key, found, recorded));
        });
    }

    Outcome<Boolean> delete(SharePartitionKey key) {
        return locked(() -> {
            requirePartitionId(key);
            context.requireExists(key);
            return new Outcome<>(true, states.containsKey(key) ? tombstone(key) : log.endOffset());
        });
    }

    Outcome<Summary> summary(SharePartitionKey key) {
        return locked(() -> {
            requirePartitionId(key);
            context.requireExists(key);
            LoggedShareState found = states.get(key);
            if (found == null) return new Outcome<>(ShareCoordinator.UNINITIALIZED, 0);
            State state = found.kept().state();
            return new Outcome<>(
                    new Summary(
                            state.stateEpoch(),
                            state.leaderEpoch(),
                            state.startOffset(),
                            state.deliveryCompleteCount()),
                    found.endOffset());
        });
    }

    private LoggedShareState require(SharePartitionKey key, String operation) {
        requirePartitionId(key);
        LoggedShareState found = states.get(key);
        if (found != null) return found;
        throw new AnswerException(
                Errors.INVALID_REQUEST, operation + " operation on uninitialized share partition not allowed.");
    }

    private static void requirePartitionId(SharePartitionKey key) {
        if (key.partition() >= 0) return;
        throw new AnswerException(Errors.INVALID_REQUEST, "The partition id cannot be a negative number.");
    }

    /** What is decided, appended and taken without anything in between. */
    private interface Step<T> {
        Outcome<T> take();
    }

    private <T> Outcome<T> locked(Step<T> step) {
        lock.lock();
        try {
            life.requireActive();
            return step.take();
        } finally {
            lock.unlock();
        }
    }

    // ---- appending; the lock is held ----

    private long change(SharePartitionKey key, LoggedShareState found, State change) {
        KeptShareState kept = found.kept();
        if (found.updates() >= context.config().updatesPerSnapshot()) {
            return snapshot(key, kept.snapshotAfter(change, context.nowMs()));
        }
        var compact = new State(
                change.stateEpoch(),
                change.leaderEpoch(),
                change.startOffset(),
                change.deliveryCompleteCount(),
                StateBatches.merge(List.of(), change.batches(), change.startOffset()));
        long offset = append(ShareRecords.update(key, kept.snapshotEpoch(), compact, context.nowMs()));
        states.put(key, found.withUpdate(compact, offset));
        return offset + 1;
    }

    private long snapshot(SharePartitionKey key, KeptShareState snapshot) {
        long offset = append(ShareRecords.snapshot(key, snapshot, context.nowMs()));
        takeSnapshot(key, snapshot, offset);
        return offset + 1;
    }

    private long tombstone(SharePartitionKey key) {
        long offset = append(ShareRecords.tombstone(key, context.nowMs()));
        takeSnapshot(key, null, offset);
        return offset + 1;
    }

    private long append(SimpleRecord record) {
        return log.append(MemoryRecords.withRecords(compression, record));
    }

    /**
     * Waits until what the outcome rests on is committed, and gives its value. No lock is held.
     *
     * @throws AnswerException if that takes too long, or the waiter is cancelled
     */
    <T> T committed(Outcome<T> outcome, Waiter waiter) {
        committed.await(outcome.endOffset(), waiter, context.writeDeadline());
        return outcome.value();
    }

    // ---- upkeep ----

    /** Deletes states whose topics are gone. */
    void deleteTopics(Set<Uuid> topicIds) {
        for (SharePartitionKey key : keys(state -> true)) {
            if (!topicIds.contains(key.topicId())) continue;
            locked(() -> new Outcome<>(true, states.containsKey(key) ? tombstone(key) : 0));
        }
    }

    /** Writes states whole that were not for long, unless nothing happens at all. */
    void snapshotCold() {
        if (keys(state -> !state.kept().isCold()).isEmpty()) return;
        long before = context.nowMs() - context.config().upkeep().coldSnapshotIntervalMs();
        for (SharePartitionKey key : keys(state -> state.kept().writtenMs() <= before)) {
            locked(() -> {
                LoggedShareState found = states.get(key);
                if (found == null) return new Outcome<>(false, 0);
                return new Outcome<>(true, snapshot(key, found.kept().coldSnapshot(context.nowMs())));
            });
        }
    }

    private List<SharePartitionKey> keys(Predicate<LoggedShareState> which) {
        lock.lock();
        try {
            return states.entrySet().stream()
                    .filter(entry -> which.test(entry.getValue()))
                    .map(Map.Entry::getKey)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** What is below is overridden by later records; empty if everything is needed. */
    OptionalLong lastNeededOffset() {
        lock.lock();
        try {
            long needed = states.values().stream()
                    .mapToLong(LoggedShareState::snapshotOffset)
                    .min()
                    .orElse(lastTombstoneOffset);
            return needed > log.startOffset() ? OptionalLong.of(needed) : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Deletes records that are no longer needed.
     *
     * @return up to where; empty if there were none
     * @throws HeddleException if the log does not allow it, at the moment
     */
    OptionalLong prune() {
        OptionalLong needed = lastNeededOffset();
        if (life.isActive() && needed.isPresent()) log.deleteBefore(needed.getAsLong());
        return needed;
    }
}
