package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConcurrentMembersTest {

    private final Rig rig = new Rig(Map.of("offsets.topic.num.partitions", "4"));

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aThousandMembersJoinAtOnceAndAgree() {
        int count = 1_000;
        var joins = IntStream.range(0, count)
                .mapToObj(i -> rig.join(rig.joinRequest(""), 3))
                .toList();
        rig.awaitWaiting(count);
        rig.completeFirstRebalance();
        var joined = joins.stream().map(Call::get).toList();
        assertEquals(
                1,
                joined.stream()
                        .map(JoinGroupResponseData::generationId)
                        .distinct()
                        .count());
        assertEquals(
                1, joined.stream().map(JoinGroupResponseData::leader).distinct().count());
        var leaders = joined.stream().filter(each -> !each.members().isEmpty()).toList();
        assertEquals(1, leaders.size());
        var ids = joined.stream().map(JoinGroupResponseData::memberId).collect(Collectors.toSet());
        assertEquals(count, ids.size());
        assertEquals(
                ids,
                leaders.getFirst().members().stream()
                        .map(JoinGroupResponseMember::memberId)
                        .collect(Collectors.toSet()));
        assertEquals(count, rig.syncAll(Rig.GROUP, joins).size());
    }

    @Test
    void manyGroupsDoNotMeet() {
        var calls = IntStream.range(0, 200)
                .mapToObj(i -> Call.start(new Waiter(rig.time), () -> commitAndFetch("group-" + i)))
                .toList();
        calls.forEach(call -> assertEquals(20L, call.get()));
        int records =
                rig.logs.values().stream().mapToInt(log -> log.records().size()).sum();
        assertEquals(200 * 20, records);
    }

    private long commitAndFetch(String group) {
        for (int i = 1; i <= 20; i++) {
            assertEquals(
                    Errors.NONE, rig.commit(rig.commitRequest(Rig.ORDERS, 0, i).setGroupId(group)));
        }
        return rig.coordinator
                .partitions()
                .of(group)
                .withExisting(group, each -> each.offsets().get(Rig.ORDERS, 0).offset(), () -> -1L);
    }

    @Test
    void theLogHoldsCommitsInTheOrderInWhichTheyCount() {
        var commits = IntStream.range(0, 64)
                .mapToObj(i -> Call.start(new Waiter(rig.time), () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, i))))
                .toList();
        commits.forEach(commit -> assertEquals(Errors.NONE, commit.get()));
        long shown = rig.committed(Rig.ORDERS, 0);
        var last = (GroupRecord.OffsetCommit) rig.logOf(Rig.GROUP).lastRecord();
        assertEquals(last.offset().offset(), shown);
        rig.restart();
        assertEquals(shown, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void groupsAreMadeAndDeletedWhileOthersUseThem() {
        var calls = new ArrayList<Call<Integer>>();
        for (int thread = 0; thread < 8; thread++) {
            int seed = thread;
            calls.add(Call.start(new Waiter(rig.time), () -> churn(new Random(seed))));
        }
        calls.forEach(call -> assertEquals(500, call.get()));
        // What is in memory is what the log says.
        var before = snapshot();
        rig.restart();
        assertEquals(before, snapshot());
    }

    private int churn(Random random) {
        for (int i = 0; i < 500; i++) {
            String group = "group-" + random.nextInt(3);
            int what = random.nextInt(4);
            if (what == 0) deleteQuietly(group);
            else {
                Errors error = rig.commit(rig.commitRequest(Rig.ORDERS, what, i).setGroupId(group));
                assertEquals(Errors.NONE, error);
            }
        }
        return 500;
    }

    private void deleteQuietly(String group) {
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(group));
        var result = rig.coordinator.deleteGroups(rig.ctx(2), request).results().find(group);
        Errors error = Errors.forCode(result.errorCode());
        assertTrue(error == Errors.NONE || error == Errors.GROUP_ID_NOT_FOUND, error.toString());
    }

    private Map<String, Map<Integer, Long>> snapshot() {
        return rig.coordinator.partitions().all().stream()
                .flatMap(partition -> partition.groups().stream())
                .collect(Collectors.toMap(
                        Group::id,
                        group -> group.offsets().committed().getOrDefault(Rig.ORDERS, Map.of()).entrySet().stream()
                                .collect(Collectors.toMap(
                                        Map.Entry::getKey,
                                        entry -> entry.getValue().offset()))));
    }

    @Test
    void membersWhoComeGoAndDieLeaveAConsistentGroup() {
        var random = new Random(42);
        var alive = new HashSet<String>();
        for (int round = 0; round < 30; round++) {
            int newcomers = 1 + random.nextInt(4);
            var joins = new ArrayList<Call<JoinGroupResponseData>>();
            for (int i = 0; i < newcomers; i++) joins.add(rig.join(rig.joinRequest(""), 3));
            // They wait for the others: one that came after the others' answers would wait for them to come once more.
            rig.awaitWaiting(newcomers);
            if (alive.isEmpty()) rig.completeFirstRebalance();
            for (String member : alive) joins.add(rig.join(rig.joinRequest(member)));
            var joined = settle(joins);
            alive.clear();
            joined.forEach(each -> alive.add(each.memberId()));
            assertEquals(sizeOf(), alive.size());
            // Some leave; the others come back in the next round.
            for (String member : List.copyOf(alive)) {
                if (random.nextInt(3) == 0) {
                    rig.leave(Rig.memberNamed(member));
                    alive.remove(member);
                }
            }
        }
    }

    /** Lets everyone come to the same generation: who was answered too early joins again, as clients do. */
    private List<JoinGroupResponseData> settle(List<Call<JoinGroupResponseData>> joins) {
        var joined = joins.stream().map(Call::get).toList();
        while (joined.stream()
                                .mapToInt(JoinGroupResponseData::generationId)
                                .distinct()
                                .count()
                        != 1
                || joined.size() != sizeOf()) {
            joined = joined.stream().map(each -> rig.join(rig.joinRequest(each.memberId()))).toList().stream()
                    .map(Call::get)
                    .toList();
        }
        return joined;
    }

    private int sizeOf() {
        return rig.coordinator
                .partitions()
                .of(Rig.GROUP)
                .withExisting(Rig.GROUP, group -> group.classic().size(), () -> 0);
    }

    @Test
    void theExpiryThreadFindsWhatIsDue() {
        try (var scheduler = new BackgroundScheduler()) {
            var coordinator = new GroupCoordinator(
                    rig.config, rig.logs::get, new NoTopics(), rig.time, scheduler, new MetricRegistry());
            coordinator.startup();
            coordinator.partitions().update(rig.offsetsTopicId, rig.logs.keySet());
            var waiter = new Waiter(rig.time);
            var join = Call.start(waiter, () -> joinWhenLoaded(coordinator, waiter));
            // The waiting member and the thread that watches the clock.
            rig.awaitWaiting(2);
            rig.time.advance(Rig.INITIAL_DELAY_MS);
            Rig.expect(Errors.NONE, join.get().errorCode());
            coordinator.close();
            rig.awaitWaiting(0);
        }
    }

    private JoinGroupResponseData joinWhenLoaded(GroupCoordinator coordinator, Waiter waiter) {
        while (true) {
            var response = coordinator.joinGroup(rig.ctx(3, waiter), rig.joinRequest(""));
            if (response.errorCode() != Errors.COORDINATOR_LOAD_IN_PROGRESS.code()) return response;
            Thread.yield();
        }
    }

    private static final class NoTopics implements Topics {
        @Override
        public Map<String, String> groupConfigs(String groupId) {
            return Map.of();
        }

        @Override
        public TopicCatalog catalog() {
            return new TestCatalog(0, Map.of(), Map.of());
        }

        @Override
        public Uuid idOf(String name) {
            return Uuid.ZERO_UUID;
        }

        @Override
        public String nameOf(Uuid id) {
            return null;
        }

        @Override
        public boolean hasPartition(String topic, int partition) {
            return false;
        }
    }
}
