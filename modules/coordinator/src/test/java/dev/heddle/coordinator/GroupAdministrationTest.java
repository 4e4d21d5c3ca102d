package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class GroupAdministrationTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- DescribeGroups ----

    private DescribedGroup describe(int version) {
        var request = new DescribeGroupsRequestData().setGroups(List.of(Rig.GROUP));
        return rig.coordinator
                .describeGroups(rig.ctx(version), request)
                .groups()
                .getFirst();
    }

    @Test
    void aStableGroupIsDescribedWithItsMembersSubscriptionsAndAssignments() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        var group = describe(6);
        Rig.expect(Errors.NONE, group.errorCode());
        assertEquals("Stable", group.groupState());
        assertEquals("consumer", group.protocolType());
        assertEquals("range", group.protocolData());
        var described = group.members().getFirst();
        assertEquals(member, described.memberId());
        assertEquals(Rig.CLIENT, described.clientId());
        assertEquals("/127.0.0.1", described.clientHost());
        assertNull(described.groupInstanceId());
        assertArrayEquals(Rig.subscription(Rig.ORDERS), described.memberMetadata());
        assertArrayEquals(Rig.assignmentOf(member), described.memberAssignment());
    }

    @Test
    void duringARebalanceNeitherProtocolNorSubscriptionsAreDescribed() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.newMemberId();
        rig.join(rig.joinRequest(member));
        rig.awaitWaiting(1);
        var group = describe(6);
        assertEquals("PreparingRebalance", group.groupState());
        assertEquals("", group.protocolData());
        assertEquals(0, group.members().getFirst().memberMetadata().length);
    }

    @Test
    void aGroupThatIsNotThereIsDeadOrNotFoundByVersion() {
        assertEquals("Dead", describe(5).groupState());
        Rig.expect(Errors.NONE, describe(5).errorCode());
        assertEquals("Dead", describe(6).groupState());
        Rig.expect(Errors.GROUP_ID_NOT_FOUND, describe(6).errorCode());
        assertEquals("Group group not found.", describe(6).errorMessage());
    }

    @Test
    void groupsAreDescribedInTheOrderAskedFor() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setGroupId("b"));
        var request = new DescribeGroupsRequestData().setGroups(List.of("c", "b", "a"));
        var groups = rig.coordinator.describeGroups(rig.ctx(5), request).groups();
        assertEquals(
                List.of("c", "b", "a"),
                groups.stream().map(DescribedGroup::groupId).toList());
        assertEquals(
                List.of("Dead", "Empty", "Dead"),
                groups.stream().map(DescribedGroup::groupState).toList());
    }

    // ---- ListGroups ----

    private Set<String> list(List<String> states, List<String> types) {
        var request = new ListGroupsRequestData().setStatesFilter(states).setTypesFilter(types);
        return rig.coordinator.listGroups(rig.ctx(5), request).groups().stream()
                .map(ListedGroup::groupId)
                .collect(Collectors.toSet());
    }

    private void listedGroups() {
        rig.stableGroup("stable", 1);
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setGroupId("simple"));
        rig.join(rig.joinRequest("").setGroupId("preparing"), 3);
        rig.awaitWaiting(1);
    }

    @Test
    void allGroupsAreListedWithWhatTheyAre() {
        listedGroups();
        var groups = rig.coordinator.listGroups(rig.ctx(5), new ListGroupsRequestData()).groups().stream()
                .collect(Collectors.toMap(ListedGroup::groupId, group -> group));
        assertEquals(Set.of("stable", "simple", "preparing"), groups.keySet());
        assertEquals("Stable", groups.get("stable").groupState());
        assertEquals("consumer", groups.get("stable").protocolType());
        assertEquals("classic", groups.get("stable").groupType());
        assertEquals("Empty", groups.get("simple").groupState());
        assertEquals("", groups.get("simple").protocolType());
        assertEquals("PreparingRebalance", groups.get("preparing").groupState());
    }

    @ParameterizedTest
    @CsvSource({
        "Stable, , stable",
        "stABLE, , stable",
        "' empty ', , simple",
        "PreparingRebalance, , preparing",
        "Nonsense, , ''",
        ", classic, stable+simple+preparing",
        ", CLASSIC, stable+simple+preparing",
        ", consumer, ''",
        ", nonsense, ''",
        "Stable, classic, stable",
        "Stable, consumer, ''",
    })
    void groupsAreFilteredByStateAndType(String state, String type, String expected) {
        listedGroups();
        var states = state == null ? List.<String>of() : List.of(state);
        var types = type == null ? List.<String>of() : List.of(type);
        Set<String> wanted = expected.isEmpty() ? Set.of() : Set.of(expected.split("\\+"));
        assertEquals(wanted, list(states, types));
    }

    // ---- DeleteGroups ----

    private Errors delete(String groupId) {
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(groupId));
        return Errors.forCode(rig.coordinator
                .deleteGroups(rig.ctx(2), request)
                .results()
                .iterator()
                .next()
                .errorCode());
    }

    @Test
    void anEmptyGroupIsDeletedWithItsOffsetsAndStaysDeleted() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        rig.leave(Rig.memberNamed(member));
        assertEquals(Errors.NONE, delete(Rig.GROUP));
        assertEquals(GroupState.DEAD, rig.state());
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertNull(((GroupRecord.GroupMetadata) rig.log().lastRecord()).value());
        rig.restart();
        assertEquals(GroupState.DEAD, rig.state());
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aGroupWithMembersIsNotDeleted() {
        rig.stableGroup(1);
        assertEquals(Errors.NON_EMPTY_GROUP, delete(Rig.GROUP));
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aGroupThatIsNotThereIsNotFound() {
        assertEquals(Errors.GROUP_ID_NOT_FOUND, delete(Rig.GROUP));
    }

    @Test
    void eachGroupHasItsOwnAnswer() {
        rig.stableGroup(1);
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setGroupId("simple"));
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(Rig.GROUP, "simple", "nowhere"));
        var results = rig.coordinator.deleteGroups(rig.ctx(2), request).results();
        Rig.expect(Errors.NON_EMPTY_GROUP, results.find(Rig.GROUP).errorCode());
        Rig.expect(Errors.NONE, results.find("simple").errorCode());
        Rig.expect(Errors.GROUP_ID_NOT_FOUND, results.find("nowhere").errorCode());
    }

    /** Brokers of long ago took offsets without a group, and what they have kept can still be seen and removed. */
    @Test
    void theGroupWithoutANameIsDescribedListedAndDeletedToo() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 5).setGroupId(""));
        var described = rig.coordinator
                .describeGroups(rig.ctx(6), new DescribeGroupsRequestData().setGroups(List.of("")))
                .groups()
                .getFirst();
        Rig.expect(Errors.NONE, described.errorCode());
        assertEquals("Empty", described.groupState());
        var listed = rig.coordinator.listGroups(rig.ctx(5), new ListGroupsRequestData());
        assertEquals("", listed.groups().getFirst().groupId());
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(""));
        var deleted = rig.coordinator.deleteGroups(rig.ctx(2), request);
        Rig.expect(Errors.NONE, deleted.results().find("").errorCode());
        assertEquals(
                List.of(),
                rig.coordinator
                        .listGroups(rig.ctx(5), new ListGroupsRequestData())
                        .groups());
    }

    @Test
    void aDeletionThatTheLogRefusesDidNotHappen() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.log().failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        assertEquals(Errors.NOT_COORDINATOR, delete(Rig.GROUP));
        rig.log().failAppends(null);
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        assertEquals(GroupState.EMPTY, rig.state());
    }
}
