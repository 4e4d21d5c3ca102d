package dev.heddle.coordinator;

import java.util.List;
import org.apache.kafka.common.config.AbstractConfig;

/**
 * What holds for groups of the streams protocol: Kafka's {@code group.streams.*} keys. Immutable.
 *
 * @param enabled whether there may be any
 * @param sessionTimeoutMs how long a member may be silent, unless its group says otherwise
 * @param heartbeatIntervalMs how often members are to send heartbeats, unless their group says otherwise
 * @param assignmentIntervalMs the time between two assignments, unless the group says otherwise
 * @param initialRebalanceDelayMs how long the first assignment waits for further members, unless the group says otherwise
 * @param standbyReplicas how many copies of its state a task has, unless the group says otherwise
 * @param maxSize members in a group, at most
 */
public record StreamsGroupConfig(
        boolean enabled,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int assignmentIntervalMs,
        int initialRebalanceDelayMs,
        int standbyReplicas,
        int maxSize) {

    /** Reads the values, which {@link GroupCoordinatorConfig#define} has declared. */
    static StreamsGroupConfig from(AbstractConfig parsed) {
        List<String> protocols = parsed.getList(GroupCoordinatorConfig.REBALANCE_PROTOCOLS);
        return new StreamsGroupConfig(
                protocols.contains(StreamsGroup.TYPE),
                parsed.getInt("group.streams.session.timeout.ms"),
                parsed.getInt("group.streams.heartbeat.interval.ms"),
                parsed.getInt("group.streams.assignment.interval.ms"),
                parsed.getInt("group.streams.initial.rebalance.delay.ms"),
                parsed.getInt("group.streams.num.standby.replicas"),
                parsed.getInt("group.streams.max.size"));
    }
}
