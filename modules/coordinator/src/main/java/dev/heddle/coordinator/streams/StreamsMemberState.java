package dev.heddle.coordinator.streams;

/** How far a member is on its way to its target assignment, with the number that stands for it in the log. */
public enum StreamsMemberState {
    /** It has what it is to have, as of its epoch. */
    STABLE(1),
    /** It is to give tasks up and has not confirmed that yet. */
    UNREVOKED_TASKS(2),
    /** It waits for tasks that others have not given up yet. */
    UNRELEASED_TASKS(3),
    /** A newer broker wrote a state that this one does not know. */
    UNKNOWN(127);

    private final byte code;

    StreamsMemberState(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static StreamsMemberState of(byte code) {
        for (StreamsMemberState state : values()) {
            if (state.code == code) return state;
        }
        return UNKNOWN;
    }
}
