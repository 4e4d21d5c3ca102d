package dev.heddle.metadata;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The metrics of the controller and of the metadata log, under Kafka's names. Any thread may call it; gauges read the
 * newest image when they are asked.
 */
final class ControllerMetrics implements AutoCloseable {

    private static final String DOMAIN = "kafka.controller";
    private static final String CONTROLLER = "KafkaController";
    private static final String STATS = "ControllerStats";
    private static final String SERVER_DOMAIN = "kafka.server";

    private final MetricRegistry registry;
    private final MetadataCache cache;
    private final Time time;
    private final List<String> names = new ArrayList<>();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong snapshotBytes = new AtomicLong();
    private final AtomicLong snapshotMs = new AtomicLong();
    private final AtomicLong active = new AtomicLong();

    ControllerMetrics(MetricRegistry registry, MetadataCache cache, Time time) {
        this.registry = registry;
        this.cache = cache;
        this.time = time;
    }

    /** Registers every metric. */
    void register(int nodeId) {
        gauge(DOMAIN, CONTROLLER, "ActiveControllerCount", active::get);
        gauge(DOMAIN, CONTROLLER, "ActiveBrokerCount", () -> brokers(broker -> !broker.fenced()));
        gauge(DOMAIN, CONTROLLER, "FencedBrokerCount", () -> brokers(BrokerImage::fenced));
        gauge(
                DOMAIN,
                CONTROLLER,
                "GlobalTopicCount",
                () -> cache.image().topics().size());
        gauge(
                DOMAIN,
                CONTROLLER,
                "GlobalPartitionCount",
                () -> cache.image().topics().partitionCount());
        gauge(DOMAIN, CONTROLLER, "OfflinePartitionsCount", () -> partitions(partition -> !partition.hasLeader()));
        gauge(DOMAIN, CONTROLLER, "PreferredReplicaImbalanceCount", () -> partitions(ControllerMetrics::imbalanced));
        gauge(DOMAIN, CONTROLLER, "MetadataErrorCount", errors::get);
        gauge(DOMAIN, CONTROLLER, "LastAppliedRecordOffset", () -> cache.image().offset());
        gauge(
                DOMAIN,
                CONTROLLER,
                "LastCommittedRecordOffset",
                () -> cache.image().offset());
        gauge(
                DOMAIN,
                CONTROLLER,
                "LastAppliedRecordTimestamp",
                () -> cache.image().timestampMs());
        registry.meter(name(DOMAIN, STATS, "UncleanLeaderElectionsPerSec"));
        registry.meter(name(DOMAIN, STATS, "ElectionFromEligibleLeaderReplicasPerSec"));
        gauge(
                SERVER_DOMAIN,
                "MetadataLoader",
                "CurrentMetadataVersion",
                () -> cache.image().features().metadataVersion());
        gauge(SERVER_DOMAIN, "MetadataLoader", "CurrentControllerId", () -> active.get() == 0 ? -1 : nodeId);
        gauge(SERVER_DOMAIN, "SnapshotEmitter", "LatestSnapshotGeneratedBytes", snapshotBytes::get);
        gauge(
                SERVER_DOMAIN,
                "SnapshotEmitter",
                "LatestSnapshotGeneratedAgeMs",
                () -> time.milliseconds() - snapshotMs.get());
        snapshotMs.set(time.milliseconds());
    }

    private <T> void gauge(String domain, String type, String name, Gauge<T> gauge) {
        registry.gauge(name(domain, type, name), () -> gauge);
    }

    private String name(String domain, String type, String name) {
        String full = MetricNames.of(domain, type, name);
        names.add(full);
        return full;
    }

    private long brokers(Predicate<BrokerImage> which) {
        return cache.image().cluster().brokers().values().stream().filter(which).count();
    }

    private long partitions(Predicate<PartitionImage> which) {
        return cache.image().topics().all().stream()
                .flatMap(topic -> topic.partitions().values().stream())
                .filter(which)
                .count();
    }

    private static boolean imbalanced(PartitionImage partition) {
        return !partition.replicas().isEmpty()
                && partition.leader() != partition.replicas().getFirst();
    }

    void activated() {
        active.set(1);
    }

    /** Something of our own went wrong: a listener failed, or a write did. */
    void error() {
        errors.incrementAndGet();
    }

    void snapshotWritten(int bytes, long nowMs) {
        snapshotBytes.set(bytes);
        snapshotMs.set(nowMs);
    }

    /** A partition got a leader that was not in sync, or that had to be taken from the ELR. */
    void elected(boolean unclean) {
        String name = unclean ? "UncleanLeaderElectionsPerSec" : "ElectionFromEligibleLeaderReplicasPerSec";
        Meter meter = registry.meter(MetricNames.of(DOMAIN, STATS, name));
        meter.mark();
    }

    @Override
    public void close() {
        active.set(0);
        names.forEach(registry::remove);
        names.clear();
    }
}
