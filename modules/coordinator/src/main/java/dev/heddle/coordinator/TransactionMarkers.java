package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendTerms;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;

/**
 * Writes transaction markers to partitions that this broker leads: for its own coordinator, and for others that ask by
 * WriteTxnMarkers. Any thread may call it, and waits until the markers are committed.
 */
public final class TransactionMarkers implements MarkerWriter {

    private static final short ALL_IN_SYNC_REPLICAS = -1;

    /** A marker that is in the log, and has to be committed. */
    private record Appended(TopicPartition topicPartition, Partition partition, long endOffset) {}

    private final ReplicaManager replicas;
    private final GroupCoordinator groups;
    private final Time time;

    public TransactionMarkers(ReplicaManager replicas, GroupCoordinator groups, Time time) {
        this.replicas = replicas;
        this.groups = groups;
        this.time = time;
    }

    @Override
    public Map<TopicPartition, Errors> write(
            TransactionMarker marker, Collection<TopicPartition> partitions, Waiter waiter) {
        var results = new HashMap<TopicPartition, Errors>();
        List<Appended> appended = new ArrayList<>(partitions.size());
        for (TopicPartition topicPartition : partitions) {
            try {
                Appended one = append(marker, topicPartition);
                appended.add(one);
                // All disks and replicas are set to work before the first of them is waited for.
                one.partition.requestCommit(one.endOffset);
            } catch (HeddleException e) {
                results.put(topicPartition, errorOf(e));
            }
        }
        long deadlineNanos = time.deadlineAfterMs(TransactionConfig.REQUEST_TIMEOUT_MS);
        for (Appended one : appended) {
            results.putIfAbsent(one.topicPartition, awaitCommitted(one, waiter, deadlineNanos));
        }
        return results;
    }

    private Appended append(TransactionMarker marker, TopicPartition topicPartition) {
        Partition partition = replicas.partition(topicPartition);
        long endOffset = topicPartition.topic().equals(Topic.GROUP_METADATA_TOPIC_NAME)
                ? groups.completeTransaction(topicPartition.partition(), marker)
                : partition
                        .append(
                                marker.toRecords(time.milliseconds()),
                                AppendTerms.marker(marker.transactionVersion()),
                                ALL_IN_SYNC_REPLICAS)
                        .endOffset();
        return new Appended(topicPartition, partition, endOffset);
    }

    private static Errors awaitCommitted(Appended one, Waiter waiter, long deadlineNanos) {
        try {
            return one.partition.awaitCommitted(one.endOffset, waiter, deadlineNanos)
                    ? Errors.NONE
                    : Errors.REQUEST_TIMED_OUT;
        } catch (HeddleException e) {
            return errorOf(e);
        }
    }

    /** The error of a partition that cannot be written to. */
    static Errors errorOf(HeddleException failure) {
        return switch (failure) {
            case AnswerException answer -> ofGroupsUnavailable(answer.error());
            case DirectoryOfflineException offline -> Errors.KAFKA_STORAGE_ERROR;
            case CloseConnectionException close -> throw close;
            case StopBrokerException stop -> throw stop;
        };
    }

    /** Coordinators of transactions know partitions and their leaders, not coordinators of groups. */
    private static Errors ofGroupsUnavailable(Errors error) {
        return switch (error) {
            case COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR ->
                Errors.NOT_LEADER_OR_FOLLOWER;
            default -> error;
        };
    }
}
