package dev.heddle.coordinator.consumer;

/** The states of a consumer group, under the names that clients see. */
public enum ConsumerGroupState {
    /** No members. */
    EMPTY("Empty"),
    /** Its epoch has no target assignment yet. */
    ASSIGNING("Assigning"),
    /** Members are on their way to the target assignment. */
    RECONCILING("Reconciling"),
    /** Every member has what it is to have. */
    STABLE("Stable"),
    /** Deleted, or no longer coordinated here. */
    DEAD("Dead");

    private final String label;

    ConsumerGroupState(String label) {
        this.label = label;
    }

    /** The name that clients see. */
    public String label() {
        return label;
    }
}
