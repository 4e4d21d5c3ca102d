package dev.heddle.coordinator.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.coordinator.delivery.Acquisition.Terms;
import dev.heddle.coordinator.delivery.Run.Hold;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.junit.jupiter.api.Test;

class AcquisitionTest {

    private static final int MAX_DELIVERIES = 5;

    private InFlight inFlight = InFlight.of(0, List.of());
    private TestLog log = new TestLog();
    private int maxInFlight = 2000;
    private int maxDeliveries = MAX_DELIVERIES;

    private String acquire(String member, int maxRecords) {
        return acquire(member, maxRecords, false, 500);
    }

    private String acquireExactly(String member, int maxRecords) {
        return acquire(member, maxRecords, true, 500);
    }

    /** What was acquired, as {@code first-last xcount}. */
    private String acquire(String member, int maxRecords, boolean recordLimit, int batchSize) {
        long offset = inFlight.nextFetchOffset();
        var terms = new Terms(new Hold(member, 30), recordLimit, batchSize, maxRecords, maxDeliveries, maxInFlight);
        var acquisition = new Acquisition(inFlight.runs(), terms, log.read(offset));
        return acquisition.acquire(offset, log.aborted()).stream()
                .map(AcquisitionTest::show)
                .collect(Collectors.joining(", "));
    }

    private static String show(AcquiredRecords records) {
        return records.firstOffset() + "-" + records.lastOffset() + " x" + records.deliveryCount();
    }

    private void release(String member) {
        Change change = inFlight.release(member, maxDeliveries);
        inFlight.commit(change);
    }

    private void say(String member, long first, long last, int type) {
        var said = new Acknowledgement(first, last, List.of((byte) type));
        inFlight.commit(inFlight.acknowledge(member, List.of(said), maxDeliveries, null));
    }

    @Test
    void givesEachMemberWhatTheOthersLeft() {
        log.batch(0, 9).batch(10, 19).batch(20, 29);
        assertEquals("0-9 x1", acquire("alice", 5));
        assertEquals("10-19 x1", acquire("bob", 10));
        assertEquals("20-29 x1", acquire("carol", 100));
    }

    @Test
    void dividesNoBatchThoughItIsMoreThanAskedFor() {
        log.batch(0, 99).batch(100, 199);
        assertEquals("0-99 x1", acquire("alice", 1));
    }

    @Test
    void dividesABatchForAMemberThatWantsNoMore() {
        log.batch(0, 9).batch(10, 19);
        assertEquals("0-3 x1", acquireExactly("alice", 4));
        assertEquals("4-5 x1", acquireExactly("bob", 2));
        assertEquals("6-9 x1, 10-12 x1", acquireExactly("alice", 7));
        assertEquals("13-19 x1", acquire("bob", 1));
    }

    @Test
    void answersInBatchesOfAboutTheSizeThatTheMemberLikes() {
        log.batch(0, 4).batch(5, 9).batch(10, 14).batch(15, 19);
        assertEquals("0-9 x1, 10-19 x1", acquire("alice", 100, false, 10));
    }

    @Test
    void deliversAgainTogetherWhatWasDeliveredTogether() {
        log.batch(0, 9).batch(10, 19);
        acquire("alice", 100, false, 10);
        release("alice");
        assertEquals("0-9 x2", acquire("bob", 1));
        assertEquals("10-19 x2", acquire("bob", 1));
    }

    @Test
    void deliversRecordsThatCameBackBeforeNewOnes() {
        log.batch(0, 9).batch(10, 19);
        acquire("alice", 10);
        say("alice", 3, 4, Acknowledgement.RELEASE);
        say("alice", 7, 7, Acknowledgement.RELEASE);
        assertEquals("3-4 x2, 7-7 x2, 10-19 x1", acquire("bob", 100));
    }

    @Test
    void neverGivesWhatLiesBeforeItsStart() {
        inFlight = InFlight.of(5, List.of());
        log.batch(0, 9);
        assertEquals("5-9 x1", acquire("alice", 100));
    }

    @Test
    void skipsAGapInTheLog() {
        log.batch(10, 19).batch(30, 39);
        assertEquals("10-39 x1", acquire("alice", 100));
        assertEquals(10, inFlight.runs().start());
    }

    @Test
    void archivesWhatTheLogNoLongerHasWhenItComesBack() {
        log.batch(0, 9).batch(10, 19);
        acquire("alice", 100, false, 10);
        release("alice");
        log.remove(0);
        assertEquals("10-19 x2", acquire("bob", 100));
        assertEquals(10, inFlight.runs().start());
    }

    @Test
    void stopsWhereAsMuchIsInFlightAsMayBe() {
        maxInFlight = 10;
        log.batch(0, 4).batch(5, 9).batch(10, 14);
        assertEquals("0-9 x1", acquire("alice", 100));
        assertEquals(false, inFlight.hasRoom(maxInFlight));
        assertEquals("", acquire("bob", 100));
        say("alice", 2, 3, Acknowledgement.RELEASE);
        assertEquals(true, inFlight.hasRoom(maxInFlight));
        assertEquals("2-3 x2", acquire("bob", 100), "and nothing new");
        say("alice", 0, 1, Acknowledgement.ACCEPT);
        assertEquals("10-14 x1", acquire("carol", 100));
    }

    @Test
    void keepsRecordsOfAbortedTransactionsFromMembers() {
        log.batch(0, 9).abortedBatch(10, 19).committedBatch(21, 29);
        assertEquals("0-9 x1, 20-29 x1", acquire("alice", 100));
        say("alice", 0, 9, Acknowledgement.ACCEPT);
        assertEquals(20, inFlight.runs().start(), "the aborted ones are done with");
    }

    @Test
    void findsOutWhatIsInTheGapsOfWhatWasWrittenDown() {
        inFlight = InFlight.of(0, List.of(new StateBatch(10, 19, (byte) 2, (short) 1)));
        log.batch(0, 4).batch(5, 14).batch(15, 24);
        assertEquals("0-9 x1", acquire("alice", 9));
        assertEquals("20-24 x1", acquire("bob", 100));
    }

    @Test
    void deliversAgainWhatWasWrittenDownAsAvailable() {
        inFlight = InFlight.of(
                3, List.of(new StateBatch(3, 5, (byte) 0, (short) 2), new StateBatch(6, 9, (byte) 4, (short) 1)));
        log.batch(0, 9);
        assertEquals("3-5 x3", acquire("alice", 100));
    }

    /** As in Apache Kafka's own comment: a batch of 500 with ten attempts is halved from the fifth on. */
    @Test
    void deliversLessAndLessOfABatchThatNobodyCanProcess() {
        maxDeliveries = 10;
        log.batch(0, 499).batch(500, 509);
        assertEquals("0-499 x1", acquire("alice", 500));
        for (int i = 0; i < 4; i++) {
            release("alice");
            assertEquals("0-499 x" + (i + 2), acquire("alice", 500));
        }
        release("alice");
        assertEquals("0-249 x6", acquire("alice", 500));
        release("alice");
        assertEquals("0-124 x7", acquire("alice", 500));
        release("alice");
        assertEquals("0-61 x8", acquire("alice", 500));
        release("alice");
        assertEquals("0-30 x9", acquire("alice", 500));
        release("alice");
        assertEquals("0-0 x10", acquire("alice", 500), "the last attempt of a record is its own");
        assertEquals("1-1 x10", acquire("bob", 500));
    }

    @Test
    void archivesWhatWasDeliveredOftenEnough() {
        maxDeliveries = 2;
        log.batch(0, 1);
        acquire("alice", 10);
        release("alice");
        assertEquals("0-1 x2", acquire("alice", 10));
        release("alice");
        assertEquals(2, inFlight.runs().start());
        assertEquals("", inFlight.runs().all().stream().map(Run::toString).collect(Collectors.joining()));
    }

    @Test
    void givesWhatIsDeliveredForTheLastTimesNothingBesides() {
        maxDeliveries = 4;
        log.batch(0, 9).batch(10, 19);
        acquire("alice", 10);
        release("alice");
        acquire("alice", 10);
        release("alice");
        assertEquals("0-4 x3", acquire("alice", 100), "half of it, and not the batch behind it");
        assertEquals("5-9 x3", acquire("bob", 100));
        assertEquals("10-19 x1", acquire("carol", 100));
    }
}
