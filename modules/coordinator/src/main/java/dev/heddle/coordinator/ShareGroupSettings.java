package dev.heddle.coordinator;

import dev.heddle.metadata.MetadataCache;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What holds for one share group: the broker's values, but for those that the group has of its own. Any thread may ask;
 * values are those of the moment.
 */
public final class ShareGroupSettings {

    private final ShareGroupConfig defaults;
    private final GroupOverrides overrides;
    private final AssignmentInterval assignmentInterval;

    public ShareGroupSettings(ShareGroupConfig defaults, MetadataCache metadata) {
        this(
                defaults,
                groupId -> metadata.image().configs().of(new ConfigResource(ConfigResource.Type.GROUP, groupId)));
    }

    /** @param configsOf finds the configuration of a group, by its id; the controller has checked the values */
    ShareGroupSettings(ShareGroupConfig defaults, Function<String, Map<String, String>> configsOf) {
        this.defaults = defaults;
        this.overrides = new GroupOverrides(configsOf);
        this.assignmentInterval = new AssignmentInterval(
                "share.assignment.interval.ms", overrides, defaults.members().assignmentIntervalMs());
    }

    AssignmentInterval assignmentInterval() {
        return assignmentInterval;
    }

    int sessionTimeoutMs(String groupId) {
        return overrides.number(
                groupId, "share.session.timeout.ms", defaults.members().sessionTimeoutMs());
    }

    int heartbeatIntervalMs(String groupId) {
        return overrides.number(
                groupId, "share.heartbeat.interval.ms", defaults.members().heartbeatIntervalMs());
    }

    int assignmentIntervalMs(String groupId) {
        return assignmentInterval.ms(groupId);
    }

    /** How many share sessions the broker has room for, those of all groups together. */
    public int maxShareSessions() {
        return defaults.maxShareSessions();
    }

    /** How long a record is acquired for. */
    public int recordLockDurationMs(String groupId) {
        return overrides.number(
                groupId, "share.record.lock.duration.ms", defaults.records().lockDurationMs());
    }

    /** How often a record is delivered at most. */
    public int deliveryCountLimit(String groupId) {
        return overrides.number(
                groupId, "share.delivery.count.limit", defaults.records().deliveryCountLimit());
    }

    /** How many records of a partition are in flight at once. */
    public int partitionMaxRecordLocks(String groupId) {
        return overrides.number(
                groupId, "share.partition.max.record.locks", defaults.records().partitionMaxLocks());
    }

    /** Where the group starts in a partition: {@code earliest}, {@code latest} or {@code by_duration:} and how long. */
    public String autoOffsetReset(String groupId) {
        return overrides.text(groupId, "share.auto.offset.reset", "latest");
    }

    /** Whether the group sees only what is committed. */
    public boolean readCommitted(String groupId) {
        return overrides
                .text(groupId, "share.isolation.level", "read_uncommitted")
                .equals("read_committed");
    }

    /** Whether members may extend the time that they hold a record for (KIP-1222). */
    public boolean renewAcknowledgeEnabled(String groupId) {
        return Boolean.parseBoolean(overrides.text(groupId, "share.renew.acknowledge.enable", "true"));
    }
}
