package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData.PartitionData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData.StateBatch;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData.WriteStateData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.WriteShareGroupStateResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Share groups as an operator sees them: with Apache's command, its admin client and its decoder of files. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShareGroupToolsIT {

    private static final String COMMAND = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
    private static final String GROUP = "workers";
    private static final String TOPIC = "jobs";
    private static final int RECORDS = 10;

    @TempDir
    Path directory;

    private BrokerProcess start() {
        return BrokerProcess.start(
                directory,
                "virtual",
                "share.coordinator.state.topic.num.partitions=1",
                "share.coordinator.snapshot.update.records.per.snapshot=2",
                "offsets.topic.num.partitions=1");
    }

    private static void produce(Clients clients) {
        clients.createTopic(TOPIC, 1);
        try (var producer = clients.producer(Map.of())) {
            for (int i = 0; i < RECORDS; i++) get(producer.send(new ProducerRecord<>(TOPIC, 0, null, "job-" + i)));
        }
    }

    private static String command(BrokerProcess broker, String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        return Tool.apache(COMMAND, all.toArray(String[]::new)).succeeded();
    }

    @Test
    void apachesCommandManagesAGroup() {
        try (var broker = start();
                var clients = new Clients(broker.bootstrap())) {
            produce(clients);
            String reset = command(
                    broker, "--reset-offsets", "--group", GROUP, "--topic", TOPIC, "--to-earliest", "--execute");
            assertTrue(reset.contains(TOPIC), reset);
            assertTrue(command(broker, "--list").contains(GROUP));
            String offsets = command(broker, "--describe", "--group", GROUP, "--offsets");
            assertTrue(offsets.matches("(?s).*" + GROUP + "\\s+" + TOPIC + "\\s+0\\s+0\\s+10\\b.*"), offsets);
            String deleted = command(broker, "--delete-offsets", "--group", GROUP, "--topic", TOPIC);
            assertTrue(deleted.contains("Successful"), deleted);
            assertEquals(Map.of(), ShareGroupsAltered.startOffsets(clients, GROUP));
            String gone = command(broker, "--delete", "--group", GROUP);
            assertTrue(gone.contains("successful"), gone);
            assertFalse(command(broker, "--list").contains(GROUP));
        }
    }

    @Test
    void statesSurviveAKillAndAreDecodedByApachesTool() {
        var partition = new TopicPartition(TOPIC, 0);
        try (var broker = start()) {
            try (var clients = new Clients(broker.bootstrap());
                    var connection = new RawConnection(broker.port())) {
                produce(clients);
                get(clients.admin()
                        .alterShareGroupOffsets(GROUP, Map.of(partition, 1L))
                        .all());
                Uuid topicId = clients.topicId(TOPIC);
                findCoordinator(connection, topicId);
                for (int done = 2; done <= 6; done++) write(connection, topicId, done);
            }
            broker.kill();
        }
        try (var broker = start()) {
            try (var clients = new Clients(broker.bootstrap())) {
                assertEquals(Map.of(partition, 6L), ShareGroupsAltered.startOffsets(clients, GROUP));
                get(clients.admin()
                        .deleteShareGroupOffsets(GROUP, Set.of(TOPIC))
                        .all());
                get(clients.admin().deleteShareGroups(List.of(GROUP)).all());
                Throwable refused = assertThrows(
                        Throwable.class,
                        () -> get(clients.admin()
                                .deleteShareGroups(List.of(GROUP))
                                .all()));
                assertTrue(hasCause(refused, GroupIdNotFoundException.class), refused.toString());
            }
            assertEquals(0, broker.stop(), broker::printed);
        }
        assertDecodes();
    }

    private static boolean hasCause(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable each = failure; each != null; each = each.getCause()) if (type.isInstance(each)) return true;
        return false;
    }

    private static void findCoordinator(RawConnection connection, Uuid topicId) {
        FindCoordinatorResponse found = connection.ask(
                ApiKeys.FIND_COORDINATOR,
                (short) 6,
                new FindCoordinatorRequestData()
                        .setKeyType((byte) 2)
                        .setCoordinatorKeys(List.of(GROUP + ":" + topicId + ":0")));
        assertEquals(Errors.NONE.code(), found.data().coordinators().getFirst().errorCode());
    }

    private static void write(RawConnection connection, Uuid topicId, int done) {
        WriteShareGroupStateResponse answer = connection.ask(
                ApiKeys.WRITE_SHARE_GROUP_STATE,
                (short) 0,
                new WriteShareGroupStateRequestData()
                        .setGroupId(GROUP)
                        .setTopics(List.of(new WriteStateData()
                                .setTopicId(topicId)
                                .setPartitions(List.of(new PartitionData()
                                        .setPartition(0)
                                        .setStateEpoch(1)
                                        .setLeaderEpoch(0)
                                        .setStartOffset(done)
                                        .setStateBatches(List.of(new StateBatch()
                                                .setFirstOffset(done + 1)
                                                .setLastOffset(done + 2)
                                                .setDeliveryState((byte) 2)
                                                .setDeliveryCount((short) 1))))))));
        assertEquals(
                Errors.NONE,
                Errors.forCode(answer.data()
                        .results()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .errorCode()));
    }

    private void assertDecodes() {
        Path segment = Path.of("00000000000000000000.log");
        String states = SegmentDump.of(
                directory.resolve("__share_group_state-0").resolve(segment).toString(),
                "--deep-iteration",
                "--share-group-state-decoder");
        assertTrue(states.contains("\"startOffset\":6"), states);
        assertTrue(states.contains("\"firstOffset\":7"), states);
        assertTrue(states.contains("snapshotEpoch"), states);
        String groups = SegmentDump.of(
                directory.resolve("__consumer_offsets-0").resolve(segment).toString(),
                "--deep-iteration",
                "--offsets-decoder");
        assertTrue(groups.contains("initializedTopics"), groups);
    }
}
