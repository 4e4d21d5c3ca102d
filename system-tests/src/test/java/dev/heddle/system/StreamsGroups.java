package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Groups of the streams protocol with their topologies and offsets, whose members have left. */
final class StreamsGroups implements Cargo {

    /** What is known of a group: its epochs, its topology, and what it has committed. */
    private record Known(StreamsGroupDescription description, OffsetAndMetadata committed) {

        @Override
        public String toString() {
            return description.groupState() + " " + description.groupEpoch() + " "
                    + description.targetAssignmentEpoch() + " " + description.topologyEpoch() + " "
                    + description.members() + " " + description.subtopologies().size() + " " + committed;
        }
    }

    private final Map<String, Known> groups = new TreeMap<>();

    @Override
    public void load(Stop stop) {
        String group = "streams-at-" + stop.name();
        var committed = new OffsetAndMetadata(7 + groups.size());
        try (var connection = new RawConnection(stop.port())) {
            var setting = new Scenarios.Setting(stop.clients(), connection, group, (short) 0);
            StreamsGroupScenarios.visit(setting);
        }
        get(stop.clients()
                .admin()
                .alterStreamsGroupOffsets(group, Map.of(partition(group), committed))
                .all());
        groups.put(group, known(stop, group));
        assertEquals(committed, groups.get(group).committed());
    }

    private static TopicPartition partition(String group) {
        return new TopicPartition(group, 0);
    }

    private static Known known(Stop stop, String group) {
        var admin = stop.clients().admin();
        var offsets = get(admin.listStreamsGroupOffsets(Map.of(group, new ListStreamsGroupOffsetsSpec()))
                .partitionsToOffsetAndMetadata(group));
        return new Known(
                get(admin.describeStreamsGroups(List.of(group)).all()).get(group), offsets.get(partition(group)));
    }

    @Override
    public void check(Stop stop) {
        groups.forEach((group, known) ->
                assertEquals(known.toString(), known(stop, group).toString(), group + " at " + stop.name()));
    }
}
