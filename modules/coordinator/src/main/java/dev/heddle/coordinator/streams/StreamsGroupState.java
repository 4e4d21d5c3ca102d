package dev.heddle.coordinator.streams;

/** The states of a streams group, under the names that clients see. */
public enum StreamsGroupState {
    /** No members. */
    EMPTY("Empty"),
    /** The topics that its topology needs are not as they must be. */
    NOT_READY("NotReady"),
    /** Its epoch has no target assignment yet. */
    ASSIGNING("Assigning"),
    /** Members are on their way to the target assignment. */
    RECONCILING("Reconciling"),
    /** Every member has what it is to have. */
    STABLE("Stable"),
    /** Deleted, or no longer coordinated here. */
    DEAD("Dead");

    private final String label;

    StreamsGroupState(String label) {
        this.label = label;
    }

    /** The name that clients see. */
    public String label() {
        return label;
    }
}
