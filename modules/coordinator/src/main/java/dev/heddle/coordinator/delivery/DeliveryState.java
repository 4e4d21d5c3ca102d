package dev.heddle.coordinator.delivery;

/** How far a share group is with a record. The ids are those of {@code __share_group_state}. */
enum DeliveryState {
    /** It can be given to a member. */
    AVAILABLE((byte) 0),
    /** A member has it, and must say within a time what has become of it. */
    ACQUIRED((byte) 1),
    /** It was processed. */
    ACKNOWLEDGED((byte) 2),
    /** Nobody will get it any more: it was rejected, was delivered too often, or is not in the log. */
    ARCHIVED((byte) 4);

    private final byte id;

    DeliveryState(byte id) {
        this.id = id;
    }

    byte id() {
        return id;
    }

    /** Whether the group is done with the record. */
    boolean isTerminal() {
        return this == ACKNOWLEDGED || this == ARCHIVED;
    }

    /**
     * Reads what was written down.
     *
     * @throws IllegalStateException if nobody can have written it
     */
    static DeliveryState ofId(byte id) {
        for (DeliveryState state : values()) if (state.id == id) return state;
        throw new IllegalStateException("There is no delivery state " + id);
    }
}
