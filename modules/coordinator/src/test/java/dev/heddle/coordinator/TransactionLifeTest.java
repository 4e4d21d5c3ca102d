package dev.heddle.coordinator;

import static dev.heddle.coordinator.TransactionRig.INVOICES;
import static dev.heddle.coordinator.TransactionRig.ORDERS;
import static dev.heddle.coordinator.TransactionRig.producer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.MetricNames;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class TransactionLifeTest {

    private final TransactionRig rig = new TransactionRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static ProducerIdAndEpoch raised(ProducerIdAndEpoch producer, int by) {
        return producer(producer.producerId, producer.epoch + by);
    }

    // ---- producers ----

    @Test
    void whoeverBeginsFencesWhoeverWasThere() {
        ProducerIdAndEpoch first = rig.init();
        ProducerIdAndEpoch second = rig.init();
        assertEquals(raised(first, 1), second);
        assertEquals(Errors.PRODUCER_FENCED, rig.add(first, ORDERS));
        assertEquals(Errors.PRODUCER_FENCED, rig.endError(first, true));
        assertEquals(Errors.NONE, rig.add(second, ORDERS));
    }

    @Test
    void whoeverGoesOnIsNotFencedByAskingTwice() {
        ProducerIdAndEpoch first = rig.init();
        assertEquals(1, rig.goOn(first).producerEpoch());
        assertEquals(1, rig.goOn(first).producerEpoch());
        rig.init();
        Rig.expect(Errors.PRODUCER_FENCED, rig.goOn(first).errorCode());
    }

    @Test
    void whoeverHasAnotherIdIsFenced() {
        rig.init();
        Rig.expect(Errors.PRODUCER_FENCED, rig.goOn(producer(4_711, 0)).errorCode());
    }

    @Test
    void anIdThatNobodyKnowsIsNewEvenToOneWhoGoesOn() {
        var answer = rig.goOn(producer(4_711, 3));
        Rig.expect(Errors.NONE, answer.errorCode());
        assertEquals(0, answer.producerEpoch());
    }

    @Test
    void aTransactionInTheWayIsAbortedFirst() {
        ProducerIdAndEpoch first = rig.init();
        rig.add(first, ORDERS);
        Rig.expect(
                Errors.CONCURRENT_TRANSACTIONS,
                rig.init(TransactionRig.request()).errorCode());
        assertEquals(TransactionResult.ABORT, rig.markers.last().marker().result());
        assertEquals(TransactionState.COMPLETE_ABORT, rig.state());
        assertEquals(raised(first, 2), rig.init());
    }

    @Test
    void whenTheEpochsAreUsedUpThereIsAnotherId() {
        short last = Short.MAX_VALUE - 1;
        rig.init();
        TransactionMetadata before = rig.metadata();
        rig.load(before.initialized(before.producer().at(last, (short) -1), 60_000, 1));
        ProducerIdAndEpoch fresh = rig.init();
        assertEquals(0, fresh.epoch);
        assertTrue(fresh.producerId != before.producer().id());
        assertEquals(
                Errors.INVALID_PRODUCER_ID_MAPPING,
                rig.add(producer(before.producer().id(), last), ORDERS));
    }

    // ---- transactions ----

    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2})
    void everyPartitionGetsItsMarker(short version) {
        rig.version = version;
        ProducerIdAndEpoch producer = rig.init();
        assertEquals(Errors.NONE, rig.add(producer, ORDERS));
        assertEquals(Errors.NONE, rig.add(producer, INVOICES));
        assertEquals(TransactionState.ONGOING, rig.state());
        var answer = rig.end(producer, true);
        Rig.expect(Errors.NONE, answer.errorCode());
        int raised = version == 2 ? 1 : 0;
        assertEquals(version == 2 ? producer.producerId : -1, answer.producerId());
        assertEquals(version == 2 ? 1 : -1, answer.producerEpoch());
        var written = rig.markers.last();
        assertEquals(Set.of(ORDERS, INVOICES), written.partitions());
        assertEquals(
                new TransactionMarker(
                        producer.producerId, (short) (producer.epoch + raised), 7, TransactionResult.COMMIT, (short)
                                (version == 2 ? 2 : 0)),
                written.marker());
        assertEquals(TransactionState.COMPLETE_COMMIT, rig.state());
        assertEquals(Set.of(), rig.metadata().partitions());
    }

    @Test
    void whileMarkersAreWrittenEverybodyWaits() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.scheduler.hold();
        rig.end(producer, true);
        assertEquals(TransactionState.PREPARE_COMMIT, rig.state());
        assertEquals(Errors.CONCURRENT_TRANSACTIONS, rig.add(raised(producer, 1), ORDERS));
        assertEquals(Errors.CONCURRENT_TRANSACTIONS, rig.endError(producer, true));
        Rig.expect(
                Errors.CONCURRENT_TRANSACTIONS,
                rig.init(TransactionRig.request()).errorCode());
        rig.scheduler.release();
        assertEquals(Errors.NONE, rig.add(raised(producer, 1), ORDERS));
    }

    @Test
    void aDecisionThatIsNotCommittedWritesNoMarker() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.log().holdCommits();
        var waiter = rig.waiter();
        var end = Call.start(waiter, () -> rig.end(producer, true));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        assertEquals(0, rig.markers.written.size());
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, end.get().errorCode());
        assertEquals(1, rig.markers.written.size());
    }

    @Test
    void whatTheLogRefusesHasNotHappened() {
        ProducerIdAndEpoch producer = rig.init();
        rig.log().failAppends(Errors.NOT_ENOUGH_REPLICAS);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, rig.add(producer, ORDERS));
        assertEquals(TransactionState.EMPTY, rig.state());
        rig.log().failAppends(null);
        assertEquals(Errors.NONE, rig.add(producer, ORDERS));
        rig.log().failAppends(Errors.KAFKA_STORAGE_ERROR);
        assertEquals(Errors.NOT_COORDINATOR, rig.endError(producer, true));
        assertEquals(TransactionState.ONGOING, rig.state());
    }

    @Test
    void anIdThatTheLogDidNotTakeIsForgotten() {
        rig.log().failAppends(Errors.NOT_ENOUGH_REPLICAS);
        Rig.expect(
                Errors.COORDINATOR_NOT_AVAILABLE,
                rig.init(TransactionRig.request()).errorCode());
        assertNull(rig.coordinator.partitions().of(TransactionRig.ID).find(TransactionRig.ID));
    }

    @Test
    void aPartitionOfADeletedTopicNeedsNoMarker() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS, INVOICES);
        rig.topics.remove(INVOICES.topic());
        rig.markers.failures.put(INVOICES, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        rig.end(producer, false);
        assertEquals(TransactionState.COMPLETE_ABORT, rig.state());
    }

    @Test
    void aPartitionThatKnowsALaterEpochNeedsNoMarker() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.markers.failures.put(ORDERS, Errors.INVALID_PRODUCER_EPOCH);
        rig.end(producer, false);
        assertEquals(TransactionState.COMPLETE_ABORT, rig.state());
    }

    @Test
    void aMarkerForAPartitionThatNobodyLeadsIsCountedAndWrittenLater() {
        rig.coordinator.startup();
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS, INVOICES);
        rig.withoutLeader.add(INVOICES);
        rig.markers.failures.put(INVOICES, Errors.NOT_LEADER_OR_FOLLOWER);
        var end = Call.start(rig.waiter(), () -> rig.end(producer, true));
        while (rig.time.parkedThreads() == 0) Thread.onSpinWait();
        assertEquals(1L, markersWithoutLeader());
        rig.withoutLeader.clear();
        rig.markers.failures.clear();
        rig.time.advance(100);
        end.get();
        assertEquals(0L, markersWithoutLeader());
        assertEquals(TransactionState.COMPLETE_COMMIT, rig.state());
        assertEquals(Set.of(INVOICES), rig.markers.last().partitions());
    }

    private Object markersWithoutLeader() {
        String name = MetricNames.of(
                "kafka.coordinator.transaction", "TransactionMarkerChannelManager", "UnknownDestinationQueueSize");
        return rig.metrics.getGauges().get(name).getValue();
    }

    @Test
    void aFormerCoordinatorStops() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.markers.failures.put(ORDERS, Errors.TRANSACTION_COORDINATOR_FENCED);
        rig.end(producer, true);
        assertEquals(TransactionState.PREPARE_COMMIT, rig.state());
        assertEquals(1, rig.markers.written.size());
    }

    @Test
    void onlyPartitionsOfTheTransactionAreVerified() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        assertEquals(
                Map.of(ORDERS, Errors.NONE, INVOICES, Errors.TRANSACTION_ABORTABLE),
                rig.coordinator.verifyPartitions(TransactionRig.ID, producer, Set.of(ORDERS, INVOICES), rig.waiter()));
        assertEquals(
                Map.of(ORDERS, Errors.PRODUCER_FENCED),
                rig.coordinator.verifyPartitions(TransactionRig.ID, raised(producer, 1), Set.of(ORDERS), rig.waiter()));
    }

    // ---- time ----

    @ParameterizedTest
    @ValueSource(shorts = {0, 2})
    void whatTakesTooLongIsAborted(short version) {
        rig.version = version;
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.time.advance(TransactionRig.TIMEOUT_MS);
        rig.coordinator.cleanup().abortTimedOut();
        assertEquals(TransactionState.ONGOING, rig.state());
        rig.time.advance(1);
        rig.coordinator.cleanup().abortTimedOut();
        assertEquals(TransactionState.COMPLETE_ABORT, rig.state());
        assertEquals(producer.epoch + 1, rig.metadata().producer().epoch());
        assertEquals(Errors.PRODUCER_FENCED, rig.add(producer, ORDERS));
    }

    @Test
    void anIdThatNobodyUsesExpiresButNotWithATransaction() {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.time.advance(rig.config.cleanup().idExpirationMs());
        rig.coordinator.cleanup().removeExpired();
        rig.end(producer, true);
        rig.time.advance(rig.config.cleanup().idExpirationMs() - 1);
        rig.coordinator.cleanup().removeExpired();
        assertEquals(TransactionState.COMPLETE_COMMIT, rig.state());
        rig.time.advance(1);
        rig.coordinator.cleanup().removeExpired();
        assertEquals(Errors.INVALID_PRODUCER_ID_MAPPING, rig.add(raised(producer, 1), ORDERS));
        rig.restart();
        assertEquals(Errors.INVALID_PRODUCER_ID_MAPPING, rig.add(raised(producer, 1), ORDERS));
    }

    // ---- restarts ----

    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2})
    void everythingComesBack(short version) {
        rig.version = version;
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS, INVOICES);
        TransactionMetadata before = rig.metadata();
        rig.restart();
        TransactionMetadata after = rig.metadata();
        assertEquals(before.state(), after.state());
        assertEquals(before.partitions(), after.partitions());
        assertEquals(before.startMs(), after.startMs());
        assertEquals(before.timeoutMs(), after.timeoutMs());
        assertEquals(before.producer().id(), after.producer().id());
        assertEquals(before.producer().epoch(), after.producer().epoch());
        assertEquals(
                version == 0 ? -1 : before.producer().previousId(),
                after.producer().previousId());
        assertEquals(Errors.NONE, rig.endError(producer, true));
        assertEquals(TransactionState.COMPLETE_COMMIT, rig.state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDecidedTransactionIsCompletedAfterACrash(boolean commit) {
        ProducerIdAndEpoch producer = rig.init();
        rig.add(producer, ORDERS);
        rig.scheduler.hold();
        rig.end(producer, commit);
        assertEquals(0, rig.markers.written.size());
        rig.coordinator.close();
        rig.scheduler.release();
        assertEquals(0, rig.markers.written.size(), "who leads the partition no more writes nothing");
        rig.restart();
        assertEquals(Set.of(ORDERS), rig.markers.last().partitions());
        assertEquals(commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT, rig.state());
    }

    @Test
    void whileItIsLoadedNothingIsAnswered() {
        rig.init();
        rig.scheduler.hold();
        rig.restart();
        Rig.expect(
                Errors.COORDINATOR_LOAD_IN_PROGRESS,
                rig.init(TransactionRig.request()).errorCode());
        Rig.expect(
                Errors.COORDINATOR_LOAD_IN_PROGRESS,
                rig.coordinator.list(new ListTransactionsRequestData()).errorCode());
        rig.scheduler.release();
        assertEquals(1, rig.init().epoch);
    }

    @Test
    void aPartitionThatCannotBeReadIsNotServed() {
        rig.log().append(new SimpleRecord(1, new byte[] {0, 0, 0, 9}, new byte[] {0, 1}));
        rig.restart();
        Rig.expect(Errors.NOT_COORDINATOR, rig.init(TransactionRig.request()).errorCode());
    }

    @Test
    void whatANewerBrokerWroteIsLeftAlone() {
        rig.init();
        rig.log().append(new SimpleRecord(1, new byte[] {0, 55, 1}, new byte[] {0, 1}));
        rig.restart();
        assertEquals(1, rig.init().epoch);
    }
}
