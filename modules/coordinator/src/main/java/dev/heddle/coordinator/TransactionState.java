package dev.heddle.coordinator;

import org.jspecify.annotations.Nullable;

/** What a transactional id is at, in Kafka's terms, with the number that stands for it in the log. */
enum TransactionState {
    /** No transaction: the producer has been initialised. */
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    /** It is decided that the transaction is committed; its markers are being written. */
    PREPARE_COMMIT(2, "PrepareCommit"),
    /** It is decided that the transaction is aborted; its markers are being written. */
    PREPARE_ABORT(3, "PrepareAbort"),
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),
    /** Never written: an id that has expired is gone at once. */
    DEAD(6, "Dead"),
    /** Never written: producers are fenced and their transaction aborted in one step. */
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private final byte id;
    private final String label;

    TransactionState(int id, String label) {
        this.id = (byte) id;
        this.label = label;
    }

    /** The number in the log. */
    byte id() {
        return id;
    }

    /** The name in DescribeTransactions and ListTransactions. */
    String label() {
        return label;
    }

    /** Whether the end of the transaction is decided and under way. */
    boolean isPrepared() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }

    /** Whether there is no transaction, so that the id may expire. */
    boolean isIdle() {
        return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
    }

    static TransactionState ofId(byte id) {
        for (TransactionState state : values()) if (state.id == id) return state;
        throw new IllegalArgumentException("There is no such transaction state: id=" + id);
    }

    /** The state of that name, or null if there is none. */
    static @Nullable TransactionState ofLabel(String label) {
        for (TransactionState state : values()) if (state.label.equals(label)) return state;
        return null;
    }
}
