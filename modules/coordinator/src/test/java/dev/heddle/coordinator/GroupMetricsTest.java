package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The names are those of Apache Kafka 4.3's GroupCoordinatorMetrics, to the letter. */
class GroupMetricsTest {

    private static final String BEANS = "kafka.coordinator.group:type=GroupMetadataManager,name=";
    private static final String ATTRIBUTES = "kafka.server:type=group-coordinator-metrics,name=";

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void groupsAndOffsetsAreCountedUnderKafkasNames() {
        rig.coordinator.startup();
        Set<String> expected = Stream.concat(
                        Stream.of(
                                        "NumOffsets",
                                        "NumGroups",
                                        "NumGroupsPreparingRebalance",
                                        "NumGroupsCompletingRebalance",
                                        "NumGroupsStable",
                                        "NumGroupsDead",
                                        "NumGroupsEmpty")
                                .map(BEANS::concat),
                        Stream.of(
                                        "group-count,protocol=classic",
                                        "group-count,protocol=consumer",
                                        "consumer-group-count,state=Empty",
                                        "consumer-group-count,state=Assigning",
                                        "consumer-group-count,state=Reconciling",
                                        "consumer-group-count,state=Stable",
                                        "consumer-group-count,state=Dead")
                                .map(ATTRIBUTES::concat))
                .collect(Collectors.toCollection(TreeSet::new));
        var missing = new TreeSet<>(expected);
        missing.removeAll(rig.registry.getGauges().keySet());
        assertEquals(Set.of(), missing);
    }

    @Test
    void whatHappensIsMeteredUnderKafkasNames() {
        Set<String> meters = rig.registry.getMeters().keySet();
        for (String name : Set.of(
                "offset-commit",
                "offset-expiration",
                "offset-deletion",
                "group-completed-rebalance",
                "consumer-group-rebalance")) {
            assertTrue(meters.contains(ATTRIBUTES + name), name);
        }
    }

    @Test
    void groupsAreCountedByTheStateThatTheyAreIn() {
        rig.stableGroup(2);
        rig.coordinator.startup();
        assertEquals(1L, gauge("NumGroupsStable"));
        assertEquals(0L, gauge("NumGroupsPreparingRebalance"));
        rig.newMemberId("other");
        assertEquals(1L, gauge("NumGroupsEmpty"));
        assertEquals(2L, gauge("NumGroups"));
        assertEquals(
                1,
                rig.registry
                        .getMeters()
                        .get(ATTRIBUTES + "group-completed-rebalance")
                        .getCount());
    }

    private Object gauge(String name) {
        return rig.registry.getGauges().get(BEANS + name).getValue();
    }
}
