package dev.heddle.coordinator.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.CopartitionGroup;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicConfig;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;
import org.junit.jupiter.api.Test;

class TopologyConfigurationTest {

    private record Catalog(Map<String, Integer> counts) implements TopicCatalog {

        private record Counted(String name, int partitions) implements Topic {
            @Override
            public Uuid id() {
                return new Uuid(1, name.hashCode());
            }

            @Override
            public List<String> racks(int partition) {
                return List.of();
            }
        }

        @Override
        public long version() {
            return 1;
        }

        @Override
        public Topic topic(String name) {
            return counts.containsKey(name) ? new Counted(name, counts.get(name)) : null;
        }

        @Override
        public Topic topic(Uuid id) {
            throw new AssertionError("nobody asks for ids");
        }

        @Override
        public Collection<String> names() {
            return counts.keySet();
        }
    }

    private static ConfiguredTopology configure(Map<String, Integer> counts, Subtopology... subtopologies) {
        Map<String, Subtopology> byId = new LinkedHashMap<>();
        for (Subtopology each : subtopologies) byId.put(each.subtopologyId(), each);
        return TopologyConfiguration.of(new Topology(0, byId), new Catalog(counts));
    }

    private static Subtopology subtopology(String id, String... sources) {
        return new Subtopology().setSubtopologyId(id).setSourceTopics(List.of(sources));
    }

    private static List<TopicInfo> topic(String name, int partitions) {
        return List.of(new TopicInfo().setName(name).setPartitions(partitions));
    }

    private static int wanted(ConfiguredTopology topology, String topic) {
        return topology.missingTopics().get(topic).numPartitions();
    }

    private static void assertProblem(Status expected, String detail, ConfiguredTopology topology) {
        assertEquals(new ConfiguredTopology.Problem(expected, detail), topology.problem());
        assertEquals(Map.of(), topology.missingTopics());
    }

    @Test
    void aTopologyOfSourcesAloneNeedsNothing() {
        var topology = configure(Map.of("a", 3, "b", 5), subtopology("0", "a", "b"));
        assertTrue(topology.isReady());
        assertEquals(5, topology.subtopologies().get("0").tasks());
        assertEquals(Map.of(), topology.missingTopics());
    }

    @Test
    void aRepartitionTopicHasAsManyPartitionsAsTheLargestSourceOfItsWriter() {
        var topology = configure(
                Map.of("a", 3, "b", 5),
                subtopology("0", "a", "b").setRepartitionSinkTopics(List.of("r")),
                subtopology("1").setRepartitionSourceTopics(topic("r", 0)).setStateChangelogTopics(topic("c", 0)));
        assertEquals(5, wanted(topology, "r"));
        assertEquals(5, wanted(topology, "c"));
        assertEquals(Set.of("r", "c"), topology.missingTopics().keySet());
        assertEquals(Status.MISSING_INTERNAL_TOPICS, topology.problem().status());
        assertTrue(topology.subtopologies().get("1").isStateful());
    }

    @Test
    void itMayBeDerivedThroughAnother() {
        var topology = configure(
                Map.of("a", 4),
                subtopology("2").setRepartitionSourceTopics(topic("s", 0)).setStateChangelogTopics(topic("c", 0)),
                subtopology("1").setRepartitionSourceTopics(topic("r", 0)).setRepartitionSinkTopics(List.of("s")),
                subtopology("0", "a").setRepartitionSinkTopics(List.of("r")));
        assertEquals(4, wanted(topology, "r"));
        assertEquals(4, wanted(topology, "s"));
        assertEquals(4, wanted(topology, "c"));
    }

    @Test
    void theTopologyMaySayHowManyPartitionsItHas() {
        var topology = configure(
                Map.of("a", 4),
                subtopology("0", "a").setRepartitionSinkTopics(List.of("r")),
                subtopology("1").setRepartitionSourceTopics(topic("r", 7)).setStateChangelogTopics(topic("c", 0)));
        assertEquals(7, wanted(topology, "r"));
        assertEquals(7, wanted(topology, "c"));
    }

    @Test
    void whatIsToBeCopartitionedIsMadeEqualToTheSource() {
        var topology = configure(
                Map.of("a", 8, "b", 2),
                subtopology("0", "a").setRepartitionSinkTopics(List.of("r")),
                subtopology("1", "b")
                        .setRepartitionSourceTopics(topic("r", 0))
                        .setCopartitionGroups(List.of(new CopartitionGroup()
                                .setSourceTopics(List.of((short) 0))
                                .setRepartitionSourceTopics(List.of((short) 0)))));
        assertEquals(2, wanted(topology, "r"));
        assertEquals(2, topology.subtopologies().get("1").tasks());
    }

    @Test
    void sourcesThatCannotBeCopartitionedStopIt() {
        var topology = configure(
                Map.of("a", 8, "b", 2),
                subtopology("0", "a", "b")
                        .setCopartitionGroups(
                                List.of(new CopartitionGroup().setSourceTopics(List.of((short) 0, (short) 1)))));
        assertProblem(
                Status.INCORRECTLY_PARTITIONED_TOPICS,
                "Following topics do not have the same number of partitions: [{a=8, b=2}]",
                topology);
    }

    @Test
    void aFixedNumberThatDiffersFromTheSourcesStopsIt() {
        var topology = configure(
                Map.of("a", 8, "b", 2),
                subtopology("0", "a").setRepartitionSinkTopics(List.of("r")),
                subtopology("1", "b")
                        .setRepartitionSourceTopics(topic("r", 3))
                        .setCopartitionGroups(List.of(new CopartitionGroup()
                                .setSourceTopics(List.of((short) 0))
                                .setRepartitionSourceTopics(List.of((short) 0)))));
        assertProblem(
                Status.INCORRECTLY_PARTITIONED_TOPICS,
                "Number of partitions [3] of repartition topic [r] doesn't match number of partitions [2] of the source"
                        + " topic.",
                topology);
    }

    @Test
    void missingSourcesAreNamedUpToThree() {
        assertProblem(
                Status.MISSING_SOURCE_TOPICS,
                "Source topics a, b, c and 1 additional topics are missing.",
                configure(Map.of(), subtopology("0", "d", "c", "b", "a")));
    }

    @Test
    void aTopicThatIsThereMustHaveTheRightPartitions() {
        assertProblem(
                Status.INCORRECTLY_PARTITIONED_TOPICS,
                "Existing topic c has different number of partitions: expected 4, found 3",
                configure(Map.of("a", 4, "c", 3), subtopology("0", "a").setStateChangelogTopics(topic("c", 0))));
    }

    @Test
    void topicsAreCreatedAsTheTopologyWants() {
        var changelog = new TopicInfo()
                .setName("c")
                .setReplicationFactor((short) 2)
                .setTopicConfigs(List.of(
                        new TopicConfig().setKey("cleanup.policy").setValue("compact"),
                        new TopicConfig().setKey("segment.bytes").setValue("1000")));
        var other = new TopicInfo().setName("d").setTopicConfigs(null);
        var topology =
                configure(Map.of("a", 4), subtopology("0", "a").setStateChangelogTopics(List.of(changelog, other)));
        var wanted = topology.missingTopics().get("c");
        assertEquals(2, wanted.replicationFactor());
        assertEquals("compact", wanted.configs().find("cleanup.policy").value());
        assertEquals(2, wanted.configs().size());
        assertEquals(-1, topology.missingTopics().get("d").replicationFactor());
    }

    @Test
    void topologiesThatCannotBeAreRefused() {
        assertRefused(Errors.STREAMS_INVALID_TOPOLOGY, subtopology("0"));
        assertRefused(Errors.STREAMS_INVALID_TOPOLOGY, subtopology("0", "a").setRepartitionSourceTopics(topic("r", 0)));
        assertRefused(
                Errors.STREAMS_INVALID_TOPOLOGY,
                subtopology("0").setRepartitionSourceTopics(topic("r", 0)).setRepartitionSinkTopics(List.of("r")));
        assertRefused(
                Errors.UNKNOWN_SERVER_ERROR,
                subtopology("0", "a")
                        .setCopartitionGroups(List.of(new CopartitionGroup().setSourceTopics(List.of((short) 3)))));
        assertRefused(
                Errors.UNKNOWN_SERVER_ERROR,
                subtopology("0", "a")
                        .setRepartitionSinkTopics(List.of("r"))
                        .setRepartitionSourceTopics(topic("r", -1)));
    }

    private static void assertRefused(Errors error, Subtopology subtopology) {
        var refused = assertThrows(AnswerException.class, () -> configure(Map.of("a", 4), subtopology));
        assertEquals(error, refused.error());
    }
}
