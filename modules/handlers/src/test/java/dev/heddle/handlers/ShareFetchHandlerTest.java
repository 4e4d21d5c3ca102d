package dev.heddle.handlers;

import static dev.heddle.handlers.ShareRig.acquired;
import static dev.heddle.handlers.ShareRig.answers;
import static dev.heddle.handlers.ShareRig.said;
import static dev.heddle.handlers.ShareRig.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.handlers.ShareRig.Member;
import dev.heddle.handlers.TestConnection.Exchange;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareFetchRequest;
import org.apache.kafka.common.requests.ShareFetchResponse;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ShareFetchHandlerTest {

    @TempDir
    Path directory;

    private ShareRig rig;
    private DataBroker broker;
    private Uuid jobs;

    @BeforeEach
    void start() {
        rig = new ShareRig(directory);
        broker = rig.broker;
        jobs = broker.createTopic("jobs", 3);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    /** A member whose session has the topic's first partition. */
    private Member member(String id) {
        Member member = rig.new Member(id);
        assertEquals(
                Errors.NONE, member.fetch(member.ask(jobs, 0).setMaxRecords(0)).error());
        return member;
    }

    @Test
    void everyVersionGetsTheRecords() {
        int version = ApiKeys.SHARE_FETCH.oldestVersion();
        for (; version <= ApiKeys.SHARE_FETCH.latestVersion(); version++) {
            broker.append("jobs", 0, "a", "b");
            Member alice = rig.new Member("alice-" + version);
            ShareFetchResponse response =
                    alice.connection.call(new ShareFetchRequest(alice.ask(jobs, 0), (short) version));
            assertEquals(Errors.NONE, response.error());
            assertEquals(List.of("a", "b"), values(answers(response, jobs).get(0)), "version " + version);
            assertEquals(ShareRig.LOCK_MS, response.data().acquisitionLockTimeoutMs());
        }
    }

    @Test
    void givesEachRecordToOneMember() {
        broker.append("jobs", 0, "a", "b");
        broker.append("jobs", 0, "c");
        Member alice = member("alice");
        Member bob = member("bob");
        assertEquals(List.of("0-1 x1"), acquired(alice.fetch(alice.ask().setMaxRecords(1)), jobs));
        ShareFetchResponse rest = bob.fetch();
        assertEquals(List.of("2-2 x1"), acquired(rest, jobs));
        assertEquals(List.of("c"), values(answers(rest, jobs).get(0)), "only the batches that hold them");
    }

    @Test
    void waitsForRecords() {
        Member alice = member("alice");
        Exchange waiting = alice.send(alice.ask().setMaxWaitMs(60_000));
        broker.append("jobs", 0, "a");
        assertEquals(List.of("0-0 x1"), acquired(alice.told(waiting.response()), jobs));
    }

    @Test
    void waitsForRecordsThatComeBack() {
        broker.append("jobs", 0, "a");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        Exchange waiting = bob.send(bob.ask().setMaxWaitMs(60_000));
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 0, 2));
        assertEquals(List.of("0-0 x2"), acquired(bob.told(waiting.response()), jobs));
    }

    @Test
    void answersWithNothingWhenTheTimeIsOver() throws Exception {
        Member alice = member("alice");
        Exchange waiting = alice.send(alice.ask().setMaxWaitMs(500));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        assertFalse(waiting.answer().isDone());
        rig.time.advance(500);
        ShareFetchResponse response = alice.told(waiting.response());
        assertEquals(List.of(), acquired(response, jobs));
        assertEquals(Errors.NONE, response.error());
    }

    @Test
    void takesRecordsAwayFromAMemberThatSaysNothing() {
        broker.append("jobs", 0, "a", "b");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        assertEquals(List.of(), acquired(bob.fetch(), jobs));
        rig.scheduler.advance(ShareRig.LOCK_MS + 1);
        assertEquals(List.of("0-1 x2"), acquired(bob.fetch(), jobs));
        assertEquals(Errors.INVALID_RECORD_STATE, alice.acknowledge(jobs, 0, 0, 1, 1));
        assertEquals(Errors.NONE, bob.acknowledge(jobs, 0, 0, 1, 1));
    }

    @Test
    void leavesRecordsToAMemberThatRenewsItsLock() {
        broker.append("jobs", 0, "a", "b");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        rig.scheduler.advance(ShareRig.LOCK_MS - 1_000);
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 0, 4));
        rig.scheduler.advance(2_000);
        assertEquals(List.of("1-1 x2"), acquired(bob.fetch(), jobs));
        rig.scheduler.advance(ShareRig.LOCK_MS);
        assertEquals(List.of("0-0 x2", "1-1 x3"), acquired(bob.fetch(), jobs));
    }

    @Test
    void renewsNothingForAGroupThatMayNot() {
        rig.configure(ShareRig.GROUP, "share.renew.acknowledge.enable", "false");
        broker.append("jobs", 0, "a");
        Member alice = member("alice");
        alice.fetch();
        assertEquals(Errors.INVALID_RECORD_STATE, alice.acknowledge(jobs, 0, 0, 0, 4));
    }

    @Test
    void acknowledgesAndFetchesInOneRequest() {
        broker.append("jobs", 0, "a", "b");
        broker.append("jobs", 0, "c");
        Member alice = member("alice");
        alice.fetch(alice.ask().setMaxRecords(1));
        ShareFetchRequestData next = alice.ask();
        alice.partition(next, jobs, 0).acknowledgementBatches().add(said(0, 1, 1));
        ShareFetchResponse response = alice.fetch(next);
        assertEquals(List.of("2-2 x1"), acquired(response, jobs));
        assertEquals(Errors.NONE.code(), answers(response, jobs).get(0).acknowledgeErrorCode());
        assertEquals(
                2,
                rig.partitions
                        .open(ShareRig.GROUP, ShareRig.at(jobs, "jobs", 0))
                        .startOffset());
    }

    @Test
    void fetchesNothingWithARenewal() {
        broker.append("jobs", 0, "a");
        broker.append("jobs", 0, "b");
        Member alice = member("alice");
        alice.fetch(alice.ask().setMaxRecords(1));
        ShareFetchRequestData renewal = alice.ask().setIsRenewAck(true);
        alice.partition(renewal, jobs, 0).acknowledgementBatches().add(said(0, 0, 4));
        assertEquals(Errors.INVALID_REQUEST, alice.fetch(renewal).error(), "it asks for records");
        renewal.setMaxBytes(0).setMinBytes(0).setMaxRecords(0).setMaxWaitMs(0);
        ShareFetchResponse response = alice.fetch(renewal);
        assertEquals(Errors.NONE, response.error());
        assertEquals(Errors.NONE.code(), answers(response, jobs).get(0).acknowledgeErrorCode());
        assertEquals(List.of(), acquired(response, jobs));
    }

    @Test
    void saysWhatIsWrongWithAnAcknowledgement() {
        broker.append("jobs", 0, "a", "b");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        assertEquals(Errors.INVALID_RECORD_STATE, bob.acknowledge(jobs, 0, 0, 1, 1), "they are Alice's");
        assertEquals(Errors.INVALID_REQUEST, alice.acknowledge(jobs, 0, 1, 5, 1), "there are not so many");
        assertEquals(Errors.INVALID_REQUEST, alice.acknowledge(jobs, 0, 1, 0, 1));
        assertEquals(Errors.INVALID_REQUEST, alice.acknowledge(jobs, 0, 0, 1));
        assertEquals(Errors.INVALID_REQUEST, alice.acknowledge(jobs, 0, 0, 1, 1, 1, 1));
        assertEquals(Errors.INVALID_REQUEST, alice.acknowledge(jobs, 0, 0, 1, 9));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, alice.acknowledge(jobs, 2, 0, 1, 1), "never fetched");
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, alice.acknowledge(jobs, 7, 0, 1, 1), "there is none");
        assertEquals(Errors.UNKNOWN_TOPIC_ID, alice.acknowledge(Uuid.randomUuid(), 0, 0, 1, 1));
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 1, 1, 3));
    }

    @Test
    void keepsAMembersRecordsWhenItsWordCannotBeWrittenDown() {
        broker.append("jobs", 0, "a");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        rig.state.failure = Errors.COORDINATOR_LOAD_IN_PROGRESS;
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, alice.acknowledge(jobs, 0, 0, 0, 2));
        rig.state.failure = null;
        assertEquals(List.of(), acquired(bob.fetch(), jobs));
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 0, 1));
    }

    @Test
    void readsTheStateAnewWhenSomebodyHasAlteredIt() {
        broker.append("jobs", 0, "a");
        broker.append("jobs", 0, "b");
        Member alice = member("alice");
        alice.fetch();
        var key = new SharePartitionKey(ShareRig.GROUP, jobs, 0);
        rig.state.initialize(key, 1, 1, new Waiter(rig.time));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, alice.acknowledge(jobs, 0, 0, 0, 1));
        assertEquals(List.of("1-1 x1"), acquired(alice.fetch(), jobs));
    }

    @Test
    void goesOnWhereTheGroupWasWhenAnotherLeaderBegins() {
        broker.append("jobs", 0, "a", "b", "c", "d");
        Member alice = member("alice");
        alice.fetch();
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 1, 1));
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 3, 3, 2));
        broker.elect(jobs, 0, DataBroker.ID);
        assertEquals(List.of("2-2 x1", "3-3 x2"), acquired(alice.fetch(), jobs));
    }

    @Test
    void sendsMembersToTheLeader() {
        Member alice = member("alice");
        broker.elect(jobs, 0, DataBroker.OTHER);
        ShareFetchResponse response = alice.fetch(alice.ask(jobs, 0));
        var answer = answers(response, jobs).get(0);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER.code(), answer.errorCode());
        assertEquals(DataBroker.OTHER, answer.currentLeader().leaderId());
        assertEquals(
                "broker-2",
                response.data().nodeEndpoints().find(DataBroker.OTHER).host());
    }

    @Test
    void tellsAWaitingMemberThatTheLeaderHasChanged() {
        Member alice = member("alice");
        Exchange waiting = alice.send(alice.ask().setMaxWaitMs(60_000));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        broker.elect(jobs, 0, DataBroker.OTHER);
        assertEquals(Errors.NONE, alice.told(waiting.response()).error());
        ShareFetchResponse next = alice.fetch();
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER.code(), answers(next, jobs).get(0).errorCode());
    }

    @Test
    void beginsBehindRecordsThatWereDeleted() {
        broker.append("jobs", 0, "a", "b");
        broker.append("jobs", 0, "c", "d");
        Member alice = member("alice");
        alice.fetch(alice.ask().setMaxRecords(1));
        broker.partition("jobs", 0).deleteRecords(3);
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 1, 2), "there is nothing to give back");
        assertEquals(List.of("3-3 x1"), acquired(alice.fetch(), jobs));
    }

    @Test
    void beginsWhereTheGroupWantsTo() {
        broker.append("jobs", 0, "a");
        rig.configure(ShareRig.GROUP, "share.auto.offset.reset", "latest");
        Member alice = member("alice");
        assertEquals(List.of(), acquired(alice.fetch(), jobs));
        broker.append("jobs", 0, "b");
        assertEquals(List.of("1-1 x1"), acquired(alice.fetch(), jobs));
    }

    @Test
    void beginsWithTheFirstRecordThatIsYoungEnough() {
        broker.append("jobs", 0, "a"); // of 1970
        Member alice = rig.new Member("alice");
        rig.configure(ShareRig.GROUP, "share.auto.offset.reset", "by_duration:PT1S");
        ShareFetchResponse response = alice.fetch(alice.ask(jobs, 0));
        assertEquals(
                Errors.OFFSET_NOT_AVAILABLE.code(),
                answers(response, jobs).get(0).errorCode());
        rig.configure(ShareRig.GROUP, "share.auto.offset.reset", "by_duration:PT1H");
        assertEquals(List.of("0-0 x1"), acquired(alice.fetch(), jobs));
    }

    @Test
    void refusesWhoMayNot() {
        Member alice = rig.new Member("alice");
        assertEquals(
                Errors.INVALID_REQUEST, alice.fetch(alice.ask().setMemberId("")).error());
        assertEquals(
                Errors.INVALID_REQUEST,
                alice.fetch(alice.ask().setMemberId("x".repeat(37))).error());
        rig.feature(0);
        assertEquals(Errors.UNSUPPORTED_VERSION, alice.fetch().error());
    }

    @Test
    void answersForPartitionsThatDoNotExist() {
        Member alice = rig.new Member("alice");
        Uuid unknown = Uuid.randomUuid();
        ShareFetchRequestData data = alice.with(alice.ask(jobs, 9), unknown, 0);
        ShareFetchResponse response = alice.fetch(data);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                answers(response, jobs).get(9).errorCode());
        assertEquals(
                Errors.UNKNOWN_TOPIC_ID.code(),
                answers(response, unknown).get(0).errorCode());
    }

    @Test
    void sharesItsBytesAmongThePartitions() {
        for (int partition = 0; partition < 3; partition++) {
            for (int i = 0; i < 10; i++) broker.append("jobs", partition, "x".repeat(1000));
        }
        Member alice = rig.new Member("alice");
        ShareFetchResponse response = alice.fetch(alice.ask(jobs, 0, 1, 2).setMaxBytes(9_000));
        assertEquals(3, answers(response, jobs).size());
        answers(response, jobs).forEach((partition, answer) -> {
            int count = values(answer).size();
            assertTrue(count >= 2 && count <= 3, () -> partition + ": " + count);
        });
    }

    @Test
    void waitsUntilThereIsEnough() {
        Member alice = member("alice");
        broker.append("jobs", 0, "small");
        Exchange waiting = alice.send(alice.ask().setMinBytes(5_000).setMaxWaitMs(60_000));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        assertFalse(waiting.answer().isDone());
        broker.append("jobs", 0, "x".repeat(5_000));
        assertEquals(List.of("0-1 x1"), acquired(alice.told(waiting.response()), jobs));
    }

    @Test
    void givesBackWhatAMemberHasWhenItSaysGoodbye() {
        broker.append("jobs", 0, "a");
        Member alice = member("alice");
        Member bob = member("bob");
        alice.fetch();
        alice.epoch(ShareRequestMetadata.FINAL_EPOCH);
        assertEquals(Errors.NONE, alice.fetch().error());
        assertEquals(List.of("0-0 x2"), acquired(bob.fetch(), jobs));
    }
}
