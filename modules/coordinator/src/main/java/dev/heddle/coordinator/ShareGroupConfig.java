package dev.heddle.coordinator;

import dev.heddle.coordinator.assignor.ShareAssignors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor;

/**
 * What holds for share groups, unless a group says otherwise: Kafka's {@code group.share.*} keys. Immutable.
 *
 * @param members what members are told and held to
 * @param records how records are acquired and delivered
 * @param assignor the server-side assignor
 * @param maxShareSessions share sessions of the broker, at most
 */
public record ShareGroupConfig(
        Members members, Records records, ShareGroupPartitionAssignor assignor, int maxShareSessions) {

    /**
     * What members are told and held to.
     *
     * @param sessionTimeoutMs how long a member may be silent
     * @param heartbeatIntervalMs how often members are to send heartbeats
     * @param assignmentIntervalMs the time between two assignments
     * @param maxSize members in a group, at most
     * @param initializeRetryIntervalMs after how long a partition's state is initialized again that is not yet
     */
    public record Members(
            int sessionTimeoutMs,
            int heartbeatIntervalMs,
            int assignmentIntervalMs,
            int maxSize,
            int initializeRetryIntervalMs) {}

    /**
     * How records are acquired and delivered.
     *
     * @param lockDurationMs how long a record is acquired for
     * @param deliveryCountLimit how often a record is delivered at most
     * @param partitionMaxLocks how many records of a partition are in flight at once
     */
    public record Records(int lockDurationMs, int deliveryCountLimit, int partitionMaxLocks) {}

    /** Reads the values, which {@link GroupCoordinatorConfig#define} has declared. */
    public static ShareGroupConfig from(AbstractConfig parsed) {
        return new ShareGroupConfig(
                new Members(
                        parsed.getInt("group.share.session.timeout.ms"),
                        parsed.getInt("group.share.heartbeat.interval.ms"),
                        parsed.getInt("group.share.assignment.interval.ms"),
                        parsed.getInt("group.share.max.size"),
                        Math.max(
                                parsed.getInt("group.share.initialize.retry.interval.ms"),
                                parsed.getInt(GroupCoordinatorConfig.OFFSETS_COMMIT_TIMEOUT_MS))),
                new Records(
                        parsed.getInt("group.share.record.lock.duration.ms"),
                        parsed.getInt("group.share.delivery.count.limit"),
                        parsed.getInt("group.share.partition.max.record.locks")),
                ShareAssignors.of(parsed.getList("group.share.assignors").getFirst(), parsed.originals()),
                parsed.getInt("group.share.max.share.sessions"));
    }
}
