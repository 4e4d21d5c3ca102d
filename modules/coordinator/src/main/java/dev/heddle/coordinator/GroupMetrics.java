package dev.heddle.coordinator;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import dev.heddle.common.MetricNames;
import dev.heddle.coordinator.consumer.ConsumerGroupState;
import dev.heddle.coordinator.share.ShareGroupState;
import dev.heddle.coordinator.streams.StreamsGroupState;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The group coordinator's metrics. Any thread may call it; nothing in it contends.
 */
final class GroupMetrics {

    private static final String DOMAIN = "kafka.coordinator.group";
    private static final String TYPE = "GroupMetadataManager";
    private static final String RATES_DOMAIN = "kafka.server";
    private static final String RATES_TYPE = "group-coordinator-metrics";

    private static final List<String> PROTOCOLS =
            List.of(ClassicGroup.TYPE, ConsumerGroup.TYPE, ShareGroup.TYPE, StreamsGroup.TYPE);

    private final LongAdder numOffsets = new LongAdder();
    private final Meter offsetCommits;
    private final Meter offsetExpirations;
    private final Meter offsetDeletions;
    private final Meter completedRebalances;
    private final Meter consumerGroupRebalances;
    private final Meter shareGroupRebalances;
    private final Meter streamsGroupRebalances;
    private final Timer partitionLoads;
    private final MetricRegistry registry;

    GroupMetrics(MetricRegistry registry) {
        this.registry = registry;
        offsetCommits = registry.meter(rate("offset-commit"));
        offsetExpirations = registry.meter(rate("offset-expiration"));
        offsetDeletions = registry.meter(rate("offset-deletion"));
        completedRebalances = registry.meter(rate("group-completed-rebalance"));
        consumerGroupRebalances = registry.meter(rate("consumer-group-rebalance"));
        shareGroupRebalances = registry.meter(rate("share-group-rebalance"));
        streamsGroupRebalances = registry.meter(rate("streams-group-rebalance"));
        partitionLoads = registry.timer(rate("partition-load-time"));
    }

    private static String rate(String name) {
        return MetricNames.of(RATES_DOMAIN, RATES_TYPE, name);
    }

    private static String gauge(String name) {
        return MetricNames.of(DOMAIN, TYPE, name);
    }

    private static String gaugeOf(GroupState state) {
        return gauge("NumGroups" + state.label());
    }

    private static String countOf(String protocol) {
        return MetricNames.of(RATES_DOMAIN, RATES_TYPE, "group-count", "protocol", protocol);
    }

    private static String countOf(ConsumerGroupState state) {
        return MetricNames.of(RATES_DOMAIN, RATES_TYPE, "consumer-group-count", "state", state.label());
    }

    private static String countOf(StreamsGroupState state) {
        return MetricNames.of(RATES_DOMAIN, RATES_TYPE, "streams-group-count", "state", state.label());
    }

    private static String countOf(ShareGroupState state) {
        return MetricNames.of(RATES_DOMAIN, RATES_TYPE, "share-group-count", "state", state.label());
    }

    /** Shows how many groups there are, counted when someone asks. */
    void show(OffsetsPartitions partitions) {
        registry.<Gauge<Long>>gauge(gauge("NumOffsets"), () -> numOffsets::sum);
        registry.<Gauge<Long>>gauge(
                gauge("NumGroups"), () -> () -> groups(partitions).count());
        for (String protocol : PROTOCOLS) {
            registry.<Gauge<Long>>gauge(
                    countOf(protocol),
                    () -> () -> groups(partitions)
                            .filter(group -> group.membership().type().equals(protocol))
                            .count());
        }
        for (ConsumerGroupState state : ConsumerGroupState.values()) {
            registry.<Gauge<Long>>gauge(countOf(state), () -> () -> consumerGroups(partitions, state));
        }
        for (StreamsGroupState state : StreamsGroupState.values()) {
            registry.<Gauge<Long>>gauge(countOf(state), () -> () -> streamsGroups(partitions, state));
        }
        for (ShareGroupState state : ShareGroupState.values()) {
            registry.<Gauge<Long>>gauge(countOf(state), () -> () -> shareGroups(partitions, state));
        }
        for (GroupState state : GroupState.values()) {
            registry.<Gauge<Long>>gauge(
                    gaugeOf(state),
                    () -> () -> groups(partitions)
                            .filter(group -> group.membership() instanceof ClassicGroup classic && classic.is(state))
                            .count());
        }
    }

    private static long consumerGroups(OffsetsPartitions partitions, ConsumerGroupState state) {
        return groups(partitions)
                .filter(group -> group.membership() instanceof ConsumerGroup consumer && consumer.state() == state)
                .count();
    }

    private static long streamsGroups(OffsetsPartitions partitions, StreamsGroupState state) {
        return groups(partitions)
                .filter(group -> group.membership() instanceof StreamsGroup streams && streams.state() == state)
                .count();
    }

    private static long shareGroups(OffsetsPartitions partitions, ShareGroupState state) {
        return groups(partitions)
                .filter(group -> group.membership() instanceof ShareGroup share && share.state() == state)
                .count();
    }

    private static Stream<Group> groups(OffsetsPartitions partitions) {
        return partitions.all().stream()
                .filter(partition -> partition.life().isActive())
                .flatMap(partition -> partition.groups().stream());
    }

    /** Takes the gauges away again. */
    void hide() {
        List.of(gauge("NumOffsets"), gauge("NumGroups")).forEach(registry::remove);
        Arrays.stream(GroupState.values()).map(GroupMetrics::gaugeOf).forEach(registry::remove);
        PROTOCOLS.stream().map(GroupMetrics::countOf).forEach(registry::remove);
        Arrays.stream(ConsumerGroupState.values()).map(GroupMetrics::countOf).forEach(registry::remove);
        Arrays.stream(ShareGroupState.values()).map(GroupMetrics::countOf).forEach(registry::remove);
        Arrays.stream(StreamsGroupState.values()).map(GroupMetrics::countOf).forEach(registry::remove);
    }

    /** Counts the committed offsets that there are. */
    LongAdder numOffsets() {
        return numOffsets;
    }

    void offsetsCommitted(int count) {
        offsetCommits.mark(count);
    }

    void offsetsExpired(int count) {
        offsetExpirations.mark(count);
    }

    void offsetsDeleted(int count) {
        offsetDeletions.mark(count);
    }

    void consumerGroupRebalanced() {
        consumerGroupRebalances.mark();
    }

    void streamsGroupRebalanced() {
        streamsGroupRebalances.mark();
    }

    void shareGroupRebalanced() {
        shareGroupRebalances.mark();
    }

    void rebalanceCompleted() {
        completedRebalances.mark();
    }

    Timer partitionLoads() {
        return partitionLoads;
    }
}
