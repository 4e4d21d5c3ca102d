package dev.heddle.coordinator;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import dev.heddle.common.MetricNames;
import dev.heddle.coordinator.consumer.ConsumerGroupState;
import dev.heddle.coordinator.share.ShareGroupState;
import dev.heddle.coordinator.streams.StreamsGroupState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The group coordinator's metrics. Any thread may call it; nothing in it contends.
 */
final class GroupMetrics {

    private static final String DOMAIN = "kafka.coordinator.group";
    private static final String TYPE = "GroupMetadataManager";

    /** JMX shows what is here as attributes of one bean. */
    private static final String ATTRIBUTES_DOMAIN = "kafka.server";

    private static final String ATTRIBUTES_TYPE = "group-coordinator-metrics";

    private static final String NUM_OFFSETS = gauge("NumOffsets");
    private static final List<GroupCount> COUNTS = counts();

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
        offsetCommits = registry.meter(attribute("offset-commit"));
        offsetExpirations = registry.meter(attribute("offset-expiration"));
        offsetDeletions = registry.meter(attribute("offset-deletion"));
        completedRebalances = registry.meter(attribute("group-completed-rebalance"));
        consumerGroupRebalances = registry.meter(attribute("consumer-group-rebalance"));
        shareGroupRebalances = registry.meter(attribute("share-group-rebalance"));
        streamsGroupRebalances = registry.meter(attribute("streams-group-rebalance"));
        partitionLoads = registry.timer(attribute("partition-load-time"));
    }

    private static String attribute(String name, String... tags) {
        return MetricNames.of(ATTRIBUTES_DOMAIN, ATTRIBUTES_TYPE, name, tags);
    }

    private static String gauge(String name) {
        return MetricNames.of(DOMAIN, TYPE, name);
    }

    /**
     * A gauge that counts groups.
     *
     * @param type of the groups that it counts
     * @param state that they are in; null counts those of every state
     */
    private record GroupCount(
            String metric, String type, @Nullable String state) {

        boolean counts(Membership membership) {
            return membership.type().equals(type)
                    && (state == null || membership.stateLabel().equals(state));
        }
    }

    private static List<GroupCount> counts() {
        List<GroupCount> counts = new ArrayList<>();
        for (String type : List.of(ClassicGroup.TYPE, ConsumerGroup.TYPE, ShareGroup.TYPE, StreamsGroup.TYPE))
            counts.add(new GroupCount(attribute("group-count", "protocol", type), type, null));
        // Apache Kafka had these before there were other groups than classic ones.
        counts.add(new GroupCount(gauge("NumGroups"), ClassicGroup.TYPE, null));
        for (GroupState state : GroupState.values())
            counts.add(new GroupCount(gauge("NumGroups" + state.label()), ClassicGroup.TYPE, state.label()));
        for (ConsumerGroupState state : ConsumerGroupState.values())
            counts.add(inState("consumer-group-count", ConsumerGroup.TYPE, state.label()));
        for (ShareGroupState state : ShareGroupState.values())
            counts.add(inState("share-group-count", ShareGroup.TYPE, state.label()));
        for (StreamsGroupState state : StreamsGroupState.values())
            counts.add(inState("streams-group-count", StreamsGroup.TYPE, state.label()));
        return List.copyOf(counts);
    }

    private static GroupCount inState(String name, String type, String state) {
        return new GroupCount(attribute(name, "state", state), type, state);
    }

    /** Shows how many groups there are, counted when someone asks. */
    void show(OffsetsPartitions partitions) {
        registry.<Gauge<Long>>gauge(NUM_OFFSETS, () -> numOffsets::sum);
        for (GroupCount count : COUNTS) {
            registry.<Gauge<Long>>gauge(
                    count.metric,
                    () -> () -> memberships(partitions).filter(count::counts).count());
        }
    }

    private static Stream<Membership> memberships(OffsetsPartitions partitions) {
        return partitions.all().stream()
                .filter(partition -> partition.life().isActive())
                .flatMap(partition -> partition.groups().stream())
                .map(Group::membership);
    }

    /** Takes the gauges away again. */
    void hide() {
        registry.remove(NUM_OFFSETS);
        COUNTS.forEach(count -> registry.remove(count.metric));
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
