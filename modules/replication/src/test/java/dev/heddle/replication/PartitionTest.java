package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendResult;
import dev.heddle.log.EpochEndOffset;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.ReadResult;
import dev.heddle.log.TimestampOffset;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PartitionTest {

    private static final short ALL = -1;
    private static final short LEADER = 1;

    @TempDir
    Path directory;

    private Replicas replicas;
    private Uuid topicId;
    private Partition partition;

    @BeforeEach
    void start() {
        replicas = Replicas.start(directory);
        topicId = replicas.createTopic("orders", 1);
        partition = replicas.partition("orders", 0);
    }

    @AfterEach
    void stop() {
        replicas.close();
    }

    private AppendResult append(String... values) {
        return partition.append(Replicas.records(values), AppendOrigin.CLIENT, LEADER);
    }

    private ReadResult read(long offset) {
        return partition.read(offset, 1_000_000, FetchIsolation.HIGH_WATERMARK, true, Partition.UNKNOWN_EPOCH);
    }

    private static void assertAnswer(Errors error, Executable call) {
        assertEquals(error, assertThrows(AnswerException.class, call).error());
    }

    private static long soon() {
        return Time.SYSTEM.deadlineAfterMs(30_000);
    }

    @Test
    void aloneInSyncTheHighWatermarkFollowsTheLogEndOffset() {
        assertEquals(0, partition.highWatermark());
        AppendResult result = append("a", "b", "c");
        assertEquals(0, result.firstOffset());
        assertEquals(3, partition.highWatermark());
        assertEquals(3, append("d").firstOffset());
        assertEquals(4, partition.highWatermark());
        assertTrue(read(0).records().sizeInBytes() > 0);
    }

    @Test
    void whatIsAppendedCarriesTheLeaderEpoch() throws Exception {
        replicas.elect(topicId, 0, Replicas.BROKER);
        append("a");
        assertEquals(1, partition.leaderEpoch());
        read(0).records().records().batches().forEach(batch -> assertEquals(1, batch.partitionLeaderEpoch()));
    }

    @Test
    void anAppendWakesWhoWaits() {
        var waiter = new Waiter(new ManualTime(0));
        partition.register(waiter);
        append("a");
        assertEquals(Waiter.Outcome.WOKEN, waiter.await(0));
        partition.deregister(waiter);
        append("b");
        assertEquals(Waiter.Outcome.TIMED_OUT, waiter.await(0));
        assertEquals(0, partition.waiting());
    }

    @Test
    void whatIsCommittedIsOnDisk() {
        long end = append("a", "b").endOffset();
        partition.requestCommit(end);
        assertTrue(partition.awaitCommitted(end, new Waiter(Time.SYSTEM), soon()));
        assertTrue(partition.log().durableOffset() >= end);
    }

    @Test
    void withDurabilityPageCacheTheHighWatermarkIsEnough() {
        replicas.configure("orders", "heddle.durability", "page-cache");
        long end = append("a").endOffset();
        var time = new ManualTime(0);
        assertTrue(partition.awaitCommitted(end, new Waiter(time), time.nanoseconds()));
        assertTrue(partition.log().durableOffset() < end);
    }

    @Test
    void whoIsCancelledDoesNotWaitForTheCommit() {
        long end = append("a").endOffset() + 1_000;
        var waiter = new Waiter(Time.SYSTEM);
        waiter.cancel();
        assertFalse(partition.awaitCommitted(end, waiter, soon()));
        assertEquals(0, partition.waiting());
    }

    @Test
    void manyCanWaitForTheirCommitAtOnce() throws Exception {
        List<CompletableFuture<Boolean>> answers = new java.util.ArrayList<>();
        for (int i = 0; i < 50; i++) {
            var answer = new CompletableFuture<Boolean>();
            answers.add(answer);
            Threads.virtual("producer", () -> {
                        long end = append("value").endOffset();
                        answer.complete(partition.awaitCommitted(end, new Waiter(Time.SYSTEM), soon()));
                    })
                    .start();
        }
        for (CompletableFuture<Boolean> answer : answers) assertTrue(answer.get());
        assertEquals(50, partition.highWatermark());
    }

    @Test
    void theHighWatermarkNeverFallsBehindConcurrentAppends() throws Exception {
        var failure = new AtomicReference<String>();
        Runnable producer = () -> {
            for (int i = 0; i < 300; i++) {
                long end = append("x").endOffset();
                long highWatermark = partition.highWatermark();
                if (highWatermark < end) failure.set(highWatermark + " < " + end);
            }
        };
        List<Thread> producers = List.of(
                Threads.platform("producer-0", producer),
                Threads.platform("producer-1", producer),
                Threads.platform("producer-2", producer));
        producers.forEach(Thread::start);
        for (Thread thread : producers) thread.join();
        assertNull(failure.get());
        assertEquals(900, partition.highWatermark());
    }

    @Test
    void aClientWithAnotherLeaderEpochIsTurnedAway() {
        replicas.elect(topicId, 0, Replicas.BROKER);
        append("a");
        assertAnswer(Errors.FENCED_LEADER_EPOCH, () -> partition.read(0, 100, FetchIsolation.HIGH_WATERMARK, true, 0));
        assertAnswer(Errors.UNKNOWN_LEADER_EPOCH, () -> partition.read(0, 100, FetchIsolation.HIGH_WATERMARK, true, 2));
        assertEquals(
                1,
                partition.read(0, 100, FetchIsolation.HIGH_WATERMARK, true, 1).highWatermark());
        assertAnswer(Errors.FENCED_LEADER_EPOCH, () -> partition.endOffsetForEpoch(0, 0));
        assertAnswer(
                Errors.UNKNOWN_LEADER_EPOCH,
                () -> partition.offsetForTimestamp(
                        ListOffsetsRequest.LATEST_TIMESTAMP, FetchIsolation.HIGH_WATERMARK, 7));
    }

    @Test
    void anOffsetOutsideTheLogIsOutOfRange() {
        append("a");
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> read(2));
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> read(-5));
        assertEquals(0, read(1).records().sizeInBytes());
    }

    @Test
    void whoeverResignsAnswersThatItDoesNotLeadAndWakesWhoWaits() {
        append("a");
        var waiter = new Waiter(new ManualTime(0));
        partition.register(waiter);
        replicas.elect(topicId, 0, 2);
        assertEquals(Waiter.Outcome.WOKEN, waiter.await(0));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, partition.error());
        assertAnswer(Errors.NOT_LEADER_OR_FOLLOWER, () -> append("b"));
        assertAnswer(Errors.NOT_LEADER_OR_FOLLOWER, () -> read(0));
        assertAnswer(Errors.FENCED_LEADER_EPOCH, () -> partition.ensureLeader(0));
        assertAnswer(Errors.NOT_LEADER_OR_FOLLOWER, () -> partition.awaitCommitted(9, new Waiter(Time.SYSTEM), soon()));

        replicas.elect(topicId, 0, Replicas.BROKER);
        assertEquals(1, append("b").firstOffset());
        assertEquals(2, partition.leaderEpoch());
    }

    @Test
    void whoWaitsForACommitHearsOfTheDeletion() throws Exception {
        var answer = new CompletableFuture<Errors>();
        Threads.virtual("producer", () -> {
                    try {
                        partition.awaitCommitted(10, new Waiter(Time.SYSTEM), soon());
                    } catch (AnswerException e) {
                        answer.complete(e.error());
                    }
                })
                .start();
        while (partition.waiting() == 0) Thread.yield();
        replicas.deleteTopic(topicId);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, answer.get());
    }

    /** A topic of which broker 2 holds a replica too. */
    private Partition shared(List<Integer> isr) {
        Uuid id = new Uuid(5, 5);
        replicas.configure("shared", "min.insync.replicas", "2");
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("shared").setTopicId(id));
            delta.replay(new PartitionRecord()
                    .setTopicId(id)
                    .setPartitionId(0)
                    .setReplicas(List.of(Replicas.BROKER, 2))
                    .setIsr(isr)
                    .setLeader(Replicas.BROKER)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        });
        return replicas.partition("shared", 0);
    }

    @Test
    void acksAllNeedsEnoughReplicasInSync() {
        Partition shared = shared(List.of(Replicas.BROKER));
        assertAnswer(Errors.NOT_ENOUGH_REPLICAS, () -> shared.append(Replicas.records("a"), AppendOrigin.CLIENT, ALL));
        assertEquals(
                0,
                shared.append(Replicas.records("a"), AppendOrigin.CLIENT, LEADER)
                        .firstOffset());
        assertEquals(Set.of(Replicas.BROKER), shared.isr());
    }

    @Test
    void minInSyncReplicasIsNoMoreThanThereAreReplicas() {
        replicas.configure("orders", "min.insync.replicas", "3");
        assertEquals(
                0,
                partition
                        .append(Replicas.records("a"), AppendOrigin.CLIENT, ALL)
                        .firstOffset());
    }

    @Test
    void withOtherReplicasInSyncTheHighWatermarkWaitsForThem() {
        Partition shared = shared(List.of(Replicas.BROKER, 2));
        long end =
                shared.append(Replicas.records("a"), AppendOrigin.CLIENT, ALL).endOffset();
        assertEquals(0, shared.highWatermark());
        var time = new ManualTime(0);
        assertFalse(shared.awaitCommitted(end, new Waiter(time), time.nanoseconds()));
    }

    @Test
    void whenReplicasFallOutOfSyncWhatWaitsIsCommittedWithTooFew() throws Exception {
        Partition shared = shared(List.of(Replicas.BROKER, 2));
        long end =
                shared.append(Replicas.records("a"), AppendOrigin.CLIENT, ALL).endOffset();
        var answer = new CompletableFuture<Errors>();
        Threads.virtual("producer", () -> {
                    try {
                        shared.awaitCommitted(end, new Waiter(Time.SYSTEM), soon());
                        answer.complete(Errors.NONE);
                    } catch (AnswerException e) {
                        answer.complete(e.error());
                    }
                })
                .start();
        while (shared.waiting() == 0) Thread.yield();
        replicas.update(delta -> delta.replay(new PartitionChangeRecord()
                .setTopicId(shared.topicId())
                .setPartitionId(0)
                .setIsr(List.of(Replicas.BROKER))));
        assertEquals(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND, answer.get());
        assertEquals(1, shared.highWatermark());
    }

    @Test
    void aNewLeaderThatDoesNotKnowTheHighWatermarkYetHasNoLatestOffset() {
        Partition shared = shared(List.of(Replicas.BROKER, 2));
        shared.append(Replicas.records("a"), AppendOrigin.CLIENT, LEADER);
        replicas.elect(shared.topicId(), 0, Replicas.BROKER);
        assertAnswer(
                Errors.OFFSET_NOT_AVAILABLE,
                () -> shared.offsetForTimestamp(
                        ListOffsetsRequest.LATEST_TIMESTAMP, FetchIsolation.HIGH_WATERMARK, Partition.UNKNOWN_EPOCH));
        assertAnswer(
                Errors.OFFSET_NOT_AVAILABLE,
                () -> shared.offsetForTimestamp(1_000, FetchIsolation.HIGH_WATERMARK, Partition.UNKNOWN_EPOCH));
        assertEquals(
                1,
                shared.offsetForTimestamp(
                                ListOffsetsRequest.LATEST_TIMESTAMP, FetchIsolation.LOG_END, Partition.UNKNOWN_EPOCH)
                        .offset());
    }

    private TimestampOffset offsetFor(long timestamp) {
        return partition.offsetForTimestamp(timestamp, FetchIsolation.HIGH_WATERMARK, Partition.UNKNOWN_EPOCH);
    }

    @Test
    void offsetsAreFoundByTimestampAndAtBothEnds() {
        append("a", "b", "c");
        assertEquals(0, offsetFor(ListOffsetsRequest.EARLIEST_TIMESTAMP).offset());
        assertEquals(0, offsetFor(ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP).offset());
        assertEquals(3, offsetFor(ListOffsetsRequest.LATEST_TIMESTAMP).offset());
        assertEquals(
                0, offsetFor(ListOffsetsRequest.LATEST_TIMESTAMP).leaderEpoch().orElseThrow());
        assertEquals(2, offsetFor(ListOffsetsRequest.MAX_TIMESTAMP).offset());
        assertEquals(1, offsetFor(1_001).offset());
        assertEquals(1_001, offsetFor(1_001).timestamp());
        assertEquals(-1, offsetFor(9_999).offset());
        assertEquals(-1, offsetFor(ListOffsetsRequest.LATEST_TIERED_TIMESTAMP).offset());
        assertEquals(
                -1,
                offsetFor(ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP).offset());
    }

    @Test
    void deletingRecordsRaisesTheLogStartOffset() {
        append("a", "b", "c");
        assertEquals(2, partition.deleteRecords(2));
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> read(1));
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> partition.deleteRecords(4));
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> partition.deleteRecords(-2));
        assertEquals(3, partition.deleteRecords(-1), "-1 stands for the high watermark");
        assertEquals(3, offsetFor(ListOffsetsRequest.EARLIEST_TIMESTAMP).offset());
    }

    @Test
    void recordsOfACompactedTopicCannotBeDeleted() {
        append("a");
        replicas.configure("orders", "cleanup.policy", "compact");
        assertAnswer(Errors.POLICY_VIOLATION, () -> partition.deleteRecords(1));
        replicas.configure("orders", "cleanup.policy", "compact,delete");
        assertEquals(1, partition.deleteRecords(1));
    }

    @Test
    void theEndOfAnEpochIsWhereTheNextBegins() {
        append("a", "b");
        replicas.elect(topicId, 0, Replicas.BROKER);
        append("c");
        assertEquals(new EpochEndOffset(0, 2), partition.endOffsetForEpoch(0, Partition.UNKNOWN_EPOCH));
        assertEquals(new EpochEndOffset(1, 3), partition.endOffsetForEpoch(1, 1));
    }

    @Test
    void aReaderWhoseHistoryPartsFromTheLeadersIsTold() {
        append("a", "b");
        replicas.elect(topicId, 0, Replicas.BROKER);
        append("c");
        assertNull(partition.divergence(2, 0, 1));
        assertNull(partition.divergence(3, 1, Partition.UNKNOWN_EPOCH));
        EpochEndOffset end = partition.divergence(3, 0, 1);
        assertNotNull(end);
        assertEquals(new EpochEndOffset(0, 2), end);
        partition.deleteRecords(1);
        assertAnswer(Errors.OFFSET_OUT_OF_RANGE, () -> partition.divergence(0, 0, 1));
    }

    @Test
    void whatGoesInIsCounted() {
        append("a", "b");
        append("c");
        assertAnswer(Errors.CORRUPT_MESSAGE, () -> partition.append(corrupt(), AppendOrigin.CLIENT, LEADER));
        String prefix = "kafka.server:type=BrokerTopicMetrics,name=";
        assertEquals(
                3,
                replicas.metrics.meter(prefix + "MessagesInPerSec,topic=orders").getCount());
        assertEquals(3, replicas.metrics.meter(prefix + "MessagesInPerSec").getCount());
        assertEquals(
                3,
                replicas.metrics
                        .meter(prefix + "TotalProduceRequestsPerSec,topic=orders")
                        .getCount());
        assertEquals(
                Replicas.records("a", "b").sizeInBytes() + Replicas.records("c").sizeInBytes(),
                replicas.metrics.meter(prefix + "BytesInPerSec,topic=orders").getCount());
    }

    private static org.apache.kafka.common.record.internal.MemoryRecords corrupt() {
        var records = Replicas.records("a");
        int last = records.buffer().limit() - 1;
        records.buffer().put(last, (byte) (records.buffer().get(last) ^ 1));
        return records;
    }
}
