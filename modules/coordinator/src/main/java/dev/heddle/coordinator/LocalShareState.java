package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.function.Supplier;

/**
 * The states of share groups, kept by this broker's own share coordinator. Any thread may call it, and waits in here.
 */
final class LocalShareState implements ShareState {

    /** How long a coordinator is waited for that is not there yet: about as long as Kafka's persister tries. */
    private static final long PATIENCE_MS = 30_000;

    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 1_000;

    private final ShareCoordinator coordinator;
    private final Runnable createTopic;
    private final Time time;

    /** @param createTopic creates {@code __share_group_state} unless it is there */
    LocalShareState(ShareCoordinator coordinator, Runnable createTopic, Time time) {
        this.coordinator = coordinator;
        this.createTopic = createTopic;
        this.time = time;
    }

    @Override
    public void initialize(SharePartitionKey key, int stateEpoch, long startOffset, Waiter waiter) {
        patiently(waiter, () -> {
            coordinator.initialize(key, stateEpoch, startOffset, waiter);
            return true;
        });
    }

    @Override
    public State read(SharePartitionKey key, int leaderEpoch, Waiter waiter) {
        return patiently(waiter, () -> coordinator.read(key, leaderEpoch, waiter));
    }

    @Override
    public void write(SharePartitionKey key, State change, Waiter waiter) {
        patiently(waiter, () -> {
            coordinator.write(key, change, waiter);
            return true;
        });
    }

    @Override
    public void delete(SharePartitionKey key, Waiter waiter) {
        patiently(waiter, () -> {
            coordinator.delete(key, waiter);
            return true;
        });
    }

    @Override
    public Summary summary(SharePartitionKey key, int leaderEpoch, Waiter waiter) {
        return patiently(waiter, () -> coordinator.summary(key, waiter));
    }

    private <T> T patiently(Waiter waiter, Supplier<T> call) {
        createTopic.run();
        long deadline = time.deadlineAfterMs(PATIENCE_MS);
        long pauseMs = FIRST_PAUSE_MS;
        while (true) {
            try {
                return call.get();
            } catch (AnswerException e) {
                if (!comesBack(e) || time.nanoseconds() - deadline >= 0 || !pause(waiter, pauseMs)) throw e;
                pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
            }
        }
    }

    private static boolean comesBack(AnswerException failure) {
        return switch (failure.error()) {
            case COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR -> true;
            default -> false;
        };
    }

    /** @return false if nobody is interested any more */
    private boolean pause(Waiter waiter, long ms) {
        long until = time.deadlineAfterMs(ms);
        while (true) {
            switch (waiter.await(until)) {
                case TIMED_OUT -> {
                    return true;
                }
                case CANCELLED -> {
                    return false;
                }
                case WOKEN -> {}
            }
        }
    }
}
