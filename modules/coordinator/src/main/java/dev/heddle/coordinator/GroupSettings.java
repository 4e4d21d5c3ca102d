package dev.heddle.coordinator;

import java.util.Map;
import java.util.function.Function;

/**
 * What holds for one consumer group: the broker's values, but for those that the group has of its own. Any thread may
 * ask; values are those of the moment.
 */
final class GroupSettings {

    private static final String SESSION_TIMEOUT_MS = "consumer.session.timeout.ms";
    private static final String HEARTBEAT_INTERVAL_MS = "consumer.heartbeat.interval.ms";
    private static final String ASSIGNMENT_INTERVAL_MS = "consumer.assignment.interval.ms";

    private final GroupCoordinatorConfig.ConsumerGroups defaults;
    private final GroupOverrides overrides;

    /** Publishes the broker's interval, which may change while it runs. */
    private volatile int assignmentIntervalMs;

    /** @param configsOf finds the configuration of a group, by its id; the controller has checked the values */
    GroupSettings(GroupCoordinatorConfig.ConsumerGroups defaults, Function<String, Map<String, String>> configsOf) {
        this.defaults = defaults;
        this.overrides = new GroupOverrides(configsOf);
        this.assignmentIntervalMs = defaults.assignmentIntervalMs();
    }

    /** Another interval holds from now on for groups that have none of their own. */
    void updateAssignmentIntervalMs(int changed) {
        assignmentIntervalMs = changed;
    }

    int sessionTimeoutMs(String groupId) {
        return overrides.number(groupId, SESSION_TIMEOUT_MS, defaults.sessionTimeoutMs());
    }

    int heartbeatIntervalMs(String groupId) {
        return overrides.number(groupId, HEARTBEAT_INTERVAL_MS, defaults.heartbeatIntervalMs());
    }

    int assignmentIntervalMs(String groupId) {
        return overrides.number(groupId, ASSIGNMENT_INTERVAL_MS, assignmentIntervalMs);
    }
}
