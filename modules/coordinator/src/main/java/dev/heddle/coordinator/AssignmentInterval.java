package dev.heddle.coordinator;

/** The time between two assignments of a group, which may be altered while the broker runs. Any thread may call it. */
final class AssignmentInterval {

    private final String key;
    private final GroupOverrides overrides;

    /** Publishes what holds for groups that have none of their own. */
    private volatile int brokersMs;

    /** @param key what a group calls its own */
    AssignmentInterval(String key, GroupOverrides overrides, int brokersMs) {
        this.key = key;
        this.overrides = overrides;
        this.brokersMs = brokersMs;
    }

    int ms(String groupId) {
        return overrides.number(groupId, key, brokersMs);
    }

    void update(int changedMs) {
        brokersMs = changedMs;
    }
}
