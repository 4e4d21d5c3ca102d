package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.protocol.Errors;

/**
 * How far a coordinator's partition is: it loads, answers, and is let go of. Any thread may call it, without a lock.
 */
final class PartitionLife {

    /** What the partition can do. */
    enum State {
        LOADING,
        ACTIVE,
        /** Its log could not be read. */
        FAILED,
        /** This broker leads it no longer. */
        CLOSED
    }

    /** Publishes what the loader has made, and turns callers away once the partition is closed. */
    private final AtomicReference<State> state = new AtomicReference<>(State.LOADING);

    State state() {
        return state.get();
    }

    boolean isLoading() {
        return state() == State.LOADING;
    }

    boolean isActive() {
        return state() == State.ACTIVE;
    }

    boolean hasFailed() {
        return state() == State.FAILED;
    }

    /** Everything is there. False if the partition was closed meanwhile. */
    boolean loaded() {
        return state.compareAndSet(State.LOADING, State.ACTIVE);
    }

    /** The partition's log cannot be read. */
    void failed() {
        state.compareAndSet(State.LOADING, State.FAILED);
    }

    /** The partition is let go of; returns what it was before. */
    State close() {
        return state.getAndSet(State.CLOSED);
    }

    /** Turns the caller away unless everything is there. */
    void requireActive() {
        switch (state()) {
            case ACTIVE -> {}
            case LOADING -> throw new AnswerException(Errors.COORDINATOR_LOAD_IN_PROGRESS);
            case FAILED, CLOSED -> throw new AnswerException(Errors.NOT_COORDINATOR);
        }
    }
}
