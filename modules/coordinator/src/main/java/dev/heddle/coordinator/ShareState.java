package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * Where a share group's progress in a partition is kept for good: what Kafka calls the persister (KIP-932). Any thread may
 * call it and waits in here itself, until what it changes is committed; so nobody calls it with a lock held that others
 * need.
 *
 * <p>It is not asked whether the group exists or who is in it. A coordinator that is still loading, or whose topic is only
 * being created, is waited for, within limits. Every method throws an {@link dev.heddle.common.AnswerException}:
 *
 * <ul>
 *   <li>{@code COORDINATOR_NOT_AVAILABLE}, {@code COORDINATOR_LOAD_IN_PROGRESS}, {@code NOT_COORDINATOR}: the waiting was in
 *       vain, or the waiter was cancelled
 *   <li>{@code UNKNOWN_TOPIC_OR_PARTITION}: there is no such partition
 *   <li>{@code FENCED_LEADER_EPOCH}: someone with a later leader epoch has been here
 *   <li>{@code FENCED_STATE_EPOCH}: the state was initialized or altered since
 *   <li>{@code INVALID_REQUEST}: the state was never initialized, or is deleted
 * </ul>
 */
public interface ShareState {

    /** Not known yet: where a group starts is decided when it first reads. */
    long UNINITIALIZED_START_OFFSET = -1;

    /** Not counted: what {@link State#deliveryCompleteCount()} is before there is a start offset. */
    int UNINITIALIZED_DELIVERY_COMPLETE_COUNT = -1;

    /** A caller that leads nothing: no epoch is compared, and none is taken. */
    int NO_LEADER_EPOCH = -1;

    /** One group's part in one partition. */
    record SharePartitionKey(String groupId, Uuid topicId, int partition) {

        /** As FindCoordinator is asked for it, {@code group:topicId:partition}, which decides where it is kept. */
        public String coordinatorKey() {
            return groupId + ":" + topicId + ":" + partition;
        }

        /**
         * Reads a {@link #coordinatorKey()}; a group's id may have colons of its own.
         *
         * @throws IllegalArgumentException if it is none
         */
        public static SharePartitionKey parse(String coordinatorKey) {
            int last = coordinatorKey.lastIndexOf(':');
            int middle = coordinatorKey.lastIndexOf(':', last - 1);
            if (middle < 0) throw new IllegalArgumentException("not group:topicId:partition: " + coordinatorKey);
            String groupId = coordinatorKey.substring(0, middle);
            if (groupId.isBlank()) throw new IllegalArgumentException("no group: " + coordinatorKey);
            Uuid topicId = Uuid.fromString(coordinatorKey.substring(middle + 1, last));
            return new SharePartitionKey(groupId, topicId, Integer.parseInt(coordinatorKey.substring(last + 1)));
        }
    }

    /**
     * What became of consecutive records.
     *
     * @param lastOffset inclusive
     * @param deliveryState as it is written: 0 available, 2 acknowledged, 4 archived
     * @param deliveryCount how often they were delivered
     */
    record StateBatch(long firstOffset, long lastOffset, byte deliveryState, short deliveryCount) {}

    /**
     * What is kept, or is to be changed of it.
     *
     * @param stateEpoch counts how often the state was initialized or altered
     * @param leaderEpoch the epoch of the partition's leader that read or wrote last
     * @param startOffset everything below is done with
     * @param deliveryCompleteCount the records from there on that are acknowledged or archived
     * @param batches in order of offset, without overlaps when read; when written, those that have changed
     */
    record State(
            int stateEpoch, int leaderEpoch, long startOffset, int deliveryCompleteCount, List<StateBatch> batches) {

        public State {
            batches = List.copyOf(batches);
        }
    }

    /** Everything of a {@link State} but for its batches. */
    record Summary(int stateEpoch, int leaderEpoch, long startOffset, int deliveryCompleteCount) {}

    /**
     * Begins a state, or begins it anew with a later state epoch and without any batches.
     *
     * @param startOffset may be {@link #UNINITIALIZED_START_OFFSET}
     */
    void initialize(SharePartitionKey key, int stateEpoch, long startOffset, Waiter waiter);

    /**
     * Reads the state, and fences leaders of earlier epochs from then on.
     *
     * @param leaderEpoch the caller's, or {@link #NO_LEADER_EPOCH}
     */
    State read(SharePartitionKey key, int leaderEpoch, Waiter waiter);

    /**
     * Takes changes into the state: its batches go over those kept, what is below the start offset is dropped.
     *
     * @param change with the state epoch that was read and the caller's leader epoch; a start offset of {@link
     *     #UNINITIALIZED_START_OFFSET} leaves the one kept
     */
    void write(SharePartitionKey key, State change, Waiter waiter);

    /** Forgets the state; to have none is no error. */
    void delete(SharePartitionKey key, Waiter waiter);

    /** Reads the state's summary and fences nobody; it is uninitialized if there is none. */
    Summary summary(SharePartitionKey key, int leaderEpoch, Waiter waiter);
}
