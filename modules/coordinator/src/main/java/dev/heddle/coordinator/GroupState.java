package dev.heddle.coordinator;

/** The states of a classic group, under the names that clients see. */
enum GroupState {
    /** No members; offsets may remain. */
    EMPTY("Empty"),
    /** Waits for its members to join. */
    PREPARING_REBALANCE("PreparingRebalance"),
    /** Waits for its leader's assignment. */
    COMPLETING_REBALANCE("CompletingRebalance"),
    /** Every member has its assignment. */
    STABLE("Stable"),
    /** Deleted, or no longer coordinated here. */
    DEAD("Dead");

    private final String label;

    GroupState(String label) {
        this.label = label;
    }

    /** The name that clients see. */
    String label() {
        return label;
    }

    boolean canFollow(GroupState before) {
        return switch (this) {
            case EMPTY, COMPLETING_REBALANCE -> before == PREPARING_REBALANCE;
            case PREPARING_REBALANCE -> before == STABLE || before == COMPLETING_REBALANCE || before == EMPTY;
            case STABLE -> before == COMPLETING_REBALANCE;
            case DEAD -> true;
        };
    }

    /** Whether a rebalance can begin. */
    boolean canRebalance() {
        return PREPARING_REBALANCE.canFollow(this);
    }
}
