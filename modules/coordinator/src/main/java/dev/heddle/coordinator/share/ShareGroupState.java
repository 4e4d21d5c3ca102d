package dev.heddle.coordinator.share;

/** The states of a share group, under the names that clients see. */
public enum ShareGroupState {
    /** No members. */
    EMPTY("Empty"),
    /** It has members. */
    STABLE("Stable"),
    /** Deleted, or no longer coordinated here. */
    DEAD("Dead");

    private final String label;

    ShareGroupState(String label) {
        this.label = label;
    }

    /** The name that clients see. */
    public String label() {
        return label;
    }
}
