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
                                        "group-count,protocol=share",
                                        "group-count,protocol=streams",
                                        "consumer-group-count,state=Empty",
                                        "consumer-group-count,state=Assigning",
                                        "consumer-group-count,state=Reconciling",
                                        "consumer-group-count,state=Stable",
                                        "consumer-group-count,state=Dead",
                                        "share-group-count,state=Empty",
                                        "share-group-count,state=Stable",
                                        "share-group-count,state=Dead",
                                        "streams-group-count,state=Empty",
                                        "streams-group-count,state=NotReady",
                                        "streams-group-count,state=Assigning",
                                        "streams-group-count,state=Reconciling",
                                        "streams-group-count,state=Stable",
                                        "streams-group-count,state=Dead")
                                .map(ATTRIBUTES::concat))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> shown = rig.registry.getGauges().keySet().stream()
                .filter(name -> name.startsWith(BEANS) || name.startsWith(ATTRIBUTES))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(expected, shown);
    }

    @Test
    void whatHappensIsMeteredUnderKafkasNames() {
        Set<String> meters = rig.registry.getMeters().keySet();
        for (String name : Set.of(
                "offset-commit",
                "offset-expiration",
                "offset-deletion",
                "group-completed-rebalance",
                "consumer-group-rebalance",
                "share-group-rebalance",
                "streams-group-rebalance")) {
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
