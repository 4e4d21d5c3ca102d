package dev.heddle.coordinator;

import java.util.Map;
import java.util.function.Function;

/**
 * What holds for one streams group: the broker's values, but for those that the group has of its own. Any thread may ask;
 * values are those of the moment.
 */
final class StreamsGroupSettings {

    private final StreamsGroupConfig defaults;
    private final GroupOverrides overrides;
    private final AssignmentInterval assignmentInterval;

    /** @param configsOf finds the configuration of a group, by its id; the controller has checked the values */
    StreamsGroupSettings(StreamsGroupConfig defaults, Function<String, Map<String, String>> configsOf) {
        this.defaults = defaults;
        this.overrides = new GroupOverrides(configsOf);
        this.assignmentInterval =
                new AssignmentInterval("streams.assignment.interval.ms", overrides, defaults.assignmentIntervalMs());
    }

    AssignmentInterval assignmentInterval() {
        return assignmentInterval;
    }

    int sessionTimeoutMs(String groupId) {
        return overrides.number(groupId, "streams.session.timeout.ms", defaults.sessionTimeoutMs());
    }

    int heartbeatIntervalMs(String groupId) {
        return overrides.number(groupId, "streams.heartbeat.interval.ms", defaults.heartbeatIntervalMs());
    }

    int assignmentIntervalMs(String groupId) {
        return assignmentInterval.ms(groupId);
    }

    int initialRebalanceDelayMs(String groupId) {
        return overrides.number(groupId, "streams.initial.rebalance.delay.ms", defaults.initialRebalanceDelayMs());
    }

    int standbyReplicas(String groupId) {
        return overrides.number(groupId, "streams.num.standby.replicas", defaults.standbyReplicas());
    }
}
