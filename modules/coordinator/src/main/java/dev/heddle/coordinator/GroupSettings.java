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

    private final GroupCoordinatorConfig.ConsumerGroups defaults;
    private final GroupOverrides overrides;
    private final AssignmentInterval assignmentInterval;

    /** @param configsOf finds the configuration of a group, by its id; the controller has checked the values */
    GroupSettings(GroupCoordinatorConfig.ConsumerGroups defaults, Function<String, Map<String, String>> configsOf) {
        this.defaults = defaults;
        this.overrides = new GroupOverrides(configsOf);
        this.assignmentInterval =
                new AssignmentInterval("consumer.assignment.interval.ms", overrides, defaults.assignmentIntervalMs());
    }

    AssignmentInterval assignmentInterval() {
        return assignmentInterval;
    }

    int sessionTimeoutMs(String groupId) {
        return overrides.number(groupId, SESSION_TIMEOUT_MS, defaults.sessionTimeoutMs());
    }

    int heartbeatIntervalMs(String groupId) {
        return overrides.number(groupId, HEARTBEAT_INTERVAL_MS, defaults.heartbeatIntervalMs());
    }

    int assignmentIntervalMs(String groupId) {
        return assignmentInterval.ms(groupId);
    }
}
