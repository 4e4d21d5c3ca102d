package dev.heddle.replication;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/**
 * The gauges of all partitions together: {@code kafka.server:type=ReplicaManager}. Any thread may call it; a gauge
 * counts when it is read.
 */
final class ReplicaManagerMetrics implements AutoCloseable {

    private final MetricRegistry registry;
    private final Collection<Partition> partitions;
    private final List<String> names = new ArrayList<>();

    /** @param partitions all partitions of this broker; it changes while it is counted */
    ReplicaManagerMetrics(MetricRegistry registry, Collection<Partition> partitions) {
        this.registry = registry;
        this.partitions = partitions;
    }

    void start() {
        count("LeaderCount", partition -> partition.error() == Errors.NONE);
        gauge("PartitionCount", partitions::size);
        count("OfflineReplicaCount", partition -> partition.error() == Errors.KAFKA_STORAGE_ERROR);
        count("UnderReplicatedPartitions", PartitionMetrics::isUnderReplicated);
        count("UnderMinIsrPartitionCount", PartitionMetrics::isUnderMinIsr);
        count("AtMinIsrPartitionCount", PartitionMetrics::isAtMinIsr);
        gauge("ProducerIdCount", this::producerIds);
    }

    private int producerIds() {
        int sum = 0;
        for (Partition partition : partitions) {
            if (partition.role() instanceof Role.Leader leader)
                sum += leader.log().activeProducers().size();
        }
        return sum;
    }

    private void count(String name, Predicate<Partition> which) {
        gauge(name, () -> {
            int count = 0;
            for (Partition partition : partitions) if (which.test(partition)) count++;
            return count;
        });
    }

    private void gauge(String name, Supplier<Integer> value) {
        String full = MetricNames.of("kafka.server", "ReplicaManager", name);
        names.add(full);
        registry.gauge(full, () -> (Gauge<Integer>) value::get);
    }

    @Override
    public void close() {
        names.forEach(registry::remove);
        names.clear();
    }
}
