package dev.heddle.handlers;

import static dev.heddle.handlers.ShareRig.acquired;
import static dev.heddle.handlers.ShareRig.answers;
import static dev.heddle.handlers.ShareRig.said;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.heddle.handlers.ShareRig.Member;
import dev.heddle.handlers.TestConnection.Exchange;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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
class ShareSessionsTest {

    @TempDir
    Path directory;

    private ShareRig rig;
    private Uuid jobs;

    @BeforeEach
    void start() {
        rig = new ShareRig(directory);
        jobs = rig.broker.createTopic("jobs", 3);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void remembersWhatAMemberWants() {
        Member alice = rig.new Member("alice");
        ShareFetchResponse first = alice.fetch(alice.ask(jobs, 0, 1));
        assertEquals(Set.of(0, 1), answers(first, jobs).keySet());
        assertEquals(Set.of(), answers(alice.fetch(), jobs).keySet(), "nothing to tell");
        rig.broker.append("jobs", 1, "a");
        assertEquals(Set.of(1), answers(alice.fetch(), jobs).keySet());
        assertEquals(Set.of(2), answers(alice.fetch(alice.ask(jobs, 2)), jobs).keySet(), "new in the session");
    }

    @Test
    void forgetsWhatAMemberNoLongerWants() {
        Member alice = rig.new Member("alice");
        alice.fetch(alice.ask(jobs, 0, 1));
        ShareFetchRequestData data = alice.ask();
        data.forgottenTopicsData()
                .add(new ShareFetchRequestData.ForgottenTopic().setTopicId(jobs).setPartitions(List.of(1)));
        alice.fetch(data);
        rig.broker.append("jobs", 1, "a");
        assertEquals(Set.of(), answers(alice.fetch(), jobs).keySet());
    }

    @Test
    void refusesAnythingButTheNextEpoch() {
        Member alice = rig.new Member("alice");
        alice.epoch(5);
        assertEquals(Errors.SHARE_SESSION_NOT_FOUND, alice.fetch().error());
        assertEquals(Errors.SHARE_SESSION_NOT_FOUND, alice.acknowledge(jobs, 0, 0, 0, 1));
        alice.epoch(0);
        assertEquals(Errors.INVALID_SHARE_SESSION_EPOCH, alice.acknowledge(jobs, 0, 0, 0, 1));
        alice.fetch(alice.ask(jobs, 0));
        alice.epoch(7);
        assertEquals(Errors.INVALID_SHARE_SESSION_EPOCH, alice.fetch().error());
        assertEquals(Errors.INVALID_SHARE_SESSION_EPOCH, alice.acknowledge(jobs, 0, 0, 0, 1));
        alice.epoch(1);
        assertEquals(Errors.NONE, alice.fetch().error());
    }

    @Test
    void acknowledgesNothingWithTheFirstRequest() {
        Member alice = rig.new Member("alice");
        ShareFetchRequestData data = alice.ask();
        alice.partition(data, jobs, 0).acknowledgementBatches().add(said(0, 0, 1));
        assertEquals(Errors.INVALID_REQUEST, alice.fetch(data).error());
        assertEquals(0, rig.sessions.size());
    }

    @Test
    void hasRoomForSoManyAndLetsTheNextOneWait() {
        for (int i = 0; i < ShareRig.MAX_SESSIONS; i++) {
            Member member = rig.new Member("member-" + i);
            assertEquals(Errors.NONE, member.fetch(member.ask(jobs, 0)).error());
        }
        Member late = rig.new Member("late");
        Exchange refused = late.send(late.ask(jobs, 0).setMaxWaitMs(500));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        assertFalse(refused.answer().isDone());
        rig.time.advance(500);
        ShareFetchResponse response = refused.response();
        assertEquals(Errors.SHARE_SESSION_LIMIT_REACHED, response.error());
        assertEquals(ShareRig.MAX_SESSIONS, rig.sessions.size());
    }

    @Test
    void beginsANewSessionInThePlaceOfTheOld() {
        Member alice = rig.new Member("alice");
        alice.fetch(alice.ask(jobs, 0));
        alice.epoch(0);
        assertEquals(Errors.NONE, alice.fetch(alice.ask(jobs, 1)).error());
        assertEquals(1, rig.sessions.size());
    }

    @Test
    void endsWithItsConnectionAndGivesBackWhatTheMemberHas() {
        rig.broker.append("jobs", 0, "a");
        Member alice = rig.new Member("alice");
        Member bob = rig.new Member("bob");
        alice.fetch(alice.ask(jobs, 0));
        assertEquals(List.of(), acquired(bob.fetch(bob.ask(jobs, 0)), jobs));
        Exchange waiting = bob.send(bob.ask().setMaxWaitMs(60_000));
        alice.connection.info().closed();
        assertEquals(List.of("0-0 x2"), acquired(bob.told(waiting.response()), jobs));
        assertEquals(
                1,
                rig.metrics
                        .meter("kafka.server:type=ShareSessionCache,name=ShareSessionEvictionsPerSec")
                        .getCount());
    }

    @Test
    void leavesASessionAloneThatHasMovedToAnotherConnection() {
        Member old = rig.new Member("alice");
        old.fetch(old.ask(jobs, 0));
        TestConnection another = new TestConnection(rig.table, rig.time, Integer.MAX_VALUE);
        ShareFetchRequestData again = old.ask(jobs, 0).setShareSessionEpoch(0);
        ShareFetchResponse response = another.call(new ShareFetchRequest(again, ApiKeys.SHARE_FETCH.latestVersion()));
        assertEquals(Errors.NONE, response.error());
        old.connection.info().closed();
        Member bob = rig.new Member("bob");
        bob.fetch(bob.ask(jobs, 0));
        assertEquals(2, rig.sessions.size());
    }

    @Test
    void endsWithTheLastWordOfItsMember() {
        rig.broker.append("jobs", 0, "a", "b");
        Member alice = rig.new Member("alice");
        alice.fetch(alice.ask(jobs, 0));
        alice.epoch(ShareRequestMetadata.FINAL_EPOCH);
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 0, 1));
        assertEquals(0, rig.sessions.size());
        Member bob = rig.new Member("bob");
        assertEquals(List.of("1-1 x2"), acquired(bob.fetch(bob.ask(jobs, 0)), jobs));
    }
}
