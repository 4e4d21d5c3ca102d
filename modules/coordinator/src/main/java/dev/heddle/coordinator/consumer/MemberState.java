package dev.heddle.coordinator.consumer;

/** How far a member is on its way to its target assignment, with the number that stands for it in the log. */
public enum MemberState {
    /** It has what it is to have, as of its epoch. */
    STABLE(0),
    /** It is to give partitions up and has not confirmed that yet; it stays in its epoch. */
    UNREVOKED_PARTITIONS(1),
    /** It waits for partitions that others have not given up yet. */
    UNRELEASED_PARTITIONS(2),
    /** A newer broker wrote a state that this one does not know. */
    UNKNOWN(127);

    private final byte code;

    MemberState(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static MemberState of(byte code) {
        for (MemberState state : values()) {
            if (state.code == code) return state;
        }
        return UNKNOWN;
    }
}
