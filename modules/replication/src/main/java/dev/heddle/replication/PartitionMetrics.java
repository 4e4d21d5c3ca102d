package dev.heddle.replication;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.log.PartitionLog;

/** The gauges of each partition: {@code kafka.cluster:type=Partition}. Any thread may call it. */
final class PartitionMetrics {

    private static final String[] NAMES = {
        "UnderReplicated", "InSyncReplicasCount", "UnderMinIsr", "AtMinIsr", "ReplicasCount", "LastStableOffsetLag"
    };

    private final MetricRegistry registry;

    PartitionMetrics(MetricRegistry registry) {
        this.registry = registry;
    }

    void add(Partition partition) {
        gauge(partition, "UnderReplicated", () -> flag(isUnderReplicated(partition)));
        gauge(partition, "InSyncReplicasCount", () -> partition.isr().size());
        gauge(partition, "UnderMinIsr", () -> flag(isUnderMinIsr(partition)));
        gauge(partition, "AtMinIsr", () -> flag(isAtMinIsr(partition)));
        gauge(partition, "ReplicasCount", () -> replicas(partition));
        gauge(partition, "LastStableOffsetLag", () -> lastStableOffsetLag(partition));
    }

    void remove(Partition partition) {
        for (String name : NAMES) registry.remove(nameOf(partition, name));
    }

    private void gauge(Partition partition, String name, Gauge<? extends Number> gauge) {
        registry.gauge(nameOf(partition, name), () -> gauge);
    }

    private static String nameOf(Partition partition, String name) {
        return MetricNames.of(
                "kafka.cluster",
                "Partition",
                name,
                "topic",
                partition.topicPartition().topic(),
                "partition",
                Integer.toString(partition.topicPartition().partition()));
    }

    static boolean isUnderReplicated(Partition partition) {
        return partition.role() instanceof Role.Leader leader
                && leader.isr().size() < leader.replicas().size();
    }

    static boolean isUnderMinIsr(Partition partition) {
        return partition.role() instanceof Role.Leader leader && leader.isUnderMinIsr();
    }

    static boolean isAtMinIsr(Partition partition) {
        return partition.role() instanceof Role.Leader leader && leader.isAtMinIsr();
    }

    private static int replicas(Partition partition) {
        return partition.role() instanceof Role.Leader leader
                ? leader.replicas().size()
                : 0;
    }

    private static long lastStableOffsetLag(Partition partition) {
        if (!(partition.role() instanceof Role.Leader leader)) return 0;
        PartitionLog log = leader.log();
        return Math.max(0, log.highWatermark() - log.lastStableOffset());
    }

    private static int flag(boolean on) {
        return on ? 1 : 0;
    }
}
