package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.State;
import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.coordinator.ShareState.Summary;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData;

/**
 * Answers the share coordinator's own APIs, partition by partition: what other brokers' share partitions ask it. Any
 * thread may call it, and waits until what it answers is committed.
 *
 * <p>A request without a group or without partitions is answered with nothing, as Kafka does.
 */
public final class ShareStateRequests {

    private final ShareCoordinator coordinator;

    public ShareStateRequests(ShareCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    public InitializeShareGroupStateResponseData initialize(
            InitializeShareGroupStateRequestData request, Waiter waiter) {
        var response = new InitializeShareGroupStateResponseData();
        if (isEmpty(
                request.groupId(), request.topics(), topic -> topic.partitions().isEmpty())) return response;
        for (var topic : request.topics()) {
            var result = new InitializeShareGroupStateResponseData.InitializeStateResult().setTopicId(topic.topicId());
            for (var asked : topic.partitions()) {
                var key = new SharePartitionKey(request.groupId(), topic.topicId(), asked.partition());
                var answer = new InitializeShareGroupStateResponseData.PartitionResult();
                result.partitions()
                        .add(answered(
                                        () -> {
                                            coordinator.initialize(
                                                    key, asked.stateEpoch(), asked.startOffset(), waiter);
                                            return answer;
                                        },
                                        (code, message) ->
                                                answer.setErrorCode(code).setErrorMessage(message))
                                .setPartition(asked.partition()));
            }
            response.results().add(result);
        }
        return response;
    }

    public ReadShareGroupStateResponseData read(ReadShareGroupStateRequestData request, Waiter waiter) {
        var response = new ReadShareGroupStateResponseData();
        if (isEmpty(
                request.groupId(), request.topics(), topic -> topic.partitions().isEmpty())) return response;
        for (var topic : request.topics()) {
            var result = new ReadShareGroupStateResponseData.ReadStateResult().setTopicId(topic.topicId());
            for (var asked : topic.partitions()) {
                var key = new SharePartitionKey(request.groupId(), topic.topicId(), asked.partition());
                var answer = new ReadShareGroupStateResponseData.PartitionResult();
                result.partitions()
                        .add(answered(
                                        () -> filled(answer, coordinator.read(key, asked.leaderEpoch(), waiter)),
                                        (code, message) ->
                                                answer.setErrorCode(code).setErrorMessage(message))
                                .setPartition(asked.partition()));
            }
            response.results().add(result);
        }
        return response;
    }

    private static ReadShareGroupStateResponseData.PartitionResult filled(
            ReadShareGroupStateResponseData.PartitionResult answer, State state) {
        return answer.setStateEpoch(state.stateEpoch())
                .setStartOffset(state.startOffset())
                .setStateBatches(state.batches().stream()
                        .map(batch -> new ReadShareGroupStateResponseData.StateBatch()
                                .setFirstOffset(batch.firstOffset())
                                .setLastOffset(batch.lastOffset())
                                .setDeliveryState(batch.deliveryState())
                                .setDeliveryCount(batch.deliveryCount()))
                        .toList());
    }

    public WriteShareGroupStateResponseData write(WriteShareGroupStateRequestData request, Waiter waiter) {
        var response = new WriteShareGroupStateResponseData();
        if (isEmpty(
                request.groupId(), request.topics(), topic -> topic.partitions().isEmpty())) return response;
        for (var topic : request.topics()) {
            var result = new WriteShareGroupStateResponseData.WriteStateResult().setTopicId(topic.topicId());
            for (var asked : topic.partitions()) {
                var key = new SharePartitionKey(request.groupId(), topic.topicId(), asked.partition());
                var answer = new WriteShareGroupStateResponseData.PartitionResult();
                result.partitions()
                        .add(answered(
                                        () -> {
                                            coordinator.write(key, change(asked), waiter);
                                            return answer;
                                        },
                                        (code, message) ->
                                                answer.setErrorCode(code).setErrorMessage(message))
                                .setPartition(asked.partition()));
            }
            response.results().add(result);
        }
        return response;
    }

    private static State change(WriteShareGroupStateRequestData.PartitionData asked) {
        return new State(
                asked.stateEpoch(),
                asked.leaderEpoch(),
                asked.startOffset(),
                asked.deliveryCompleteCount(),
                asked.stateBatches().stream()
                        .map(batch -> new StateBatch(
                                batch.firstOffset(), batch.lastOffset(), batch.deliveryState(), batch.deliveryCount()))
                        .toList());
    }

    public DeleteShareGroupStateResponseData delete(DeleteShareGroupStateRequestData request, Waiter waiter) {
        var response = new DeleteShareGroupStateResponseData();
        if (isEmpty(
                request.groupId(), request.topics(), topic -> topic.partitions().isEmpty())) return response;
        for (var topic : request.topics()) {
            var result = new DeleteShareGroupStateResponseData.DeleteStateResult().setTopicId(topic.topicId());
            for (var asked : topic.partitions()) {
                var key = new SharePartitionKey(request.groupId(), topic.topicId(), asked.partition());
                var answer = new DeleteShareGroupStateResponseData.PartitionResult();
                result.partitions()
                        .add(answered(
                                        () -> {
                                            coordinator.delete(key, waiter);
                                            return answer;
                                        },
                                        (code, message) ->
                                                answer.setErrorCode(code).setErrorMessage(message))
                                .setPartition(asked.partition()));
            }
            response.results().add(result);
        }
        return response;
    }

    public ReadShareGroupStateSummaryResponseData summary(
            ReadShareGroupStateSummaryRequestData request, Waiter waiter) {
        var response = new ReadShareGroupStateSummaryResponseData();
        if (isEmpty(
                request.groupId(), request.topics(), topic -> topic.partitions().isEmpty())) return response;
        for (var topic : request.topics()) {
            var result =
                    new ReadShareGroupStateSummaryResponseData.ReadStateSummaryResult().setTopicId(topic.topicId());
            for (var asked : topic.partitions()) {
                var key = new SharePartitionKey(request.groupId(), topic.topicId(), asked.partition());
                var answer = new ReadShareGroupStateSummaryResponseData.PartitionResult();
                result.partitions()
                        .add(answered(
                                        () -> filled(answer, coordinator.summary(key, waiter)),
                                        (code, message) ->
                                                answer.setErrorCode(code).setErrorMessage(message))
                                .setPartition(asked.partition()));
            }
            response.results().add(result);
        }
        return response;
    }

    private static ReadShareGroupStateSummaryResponseData.PartitionResult filled(
            ReadShareGroupStateSummaryResponseData.PartitionResult answer, Summary summary) {
        return answer.setStateEpoch(summary.stateEpoch())
                .setLeaderEpoch(summary.leaderEpoch())
                .setStartOffset(summary.startOffset())
                .setDeliveryCompleteCount(summary.deliveryCompleteCount());
    }

    private static <T> boolean isEmpty(String groupId, List<T> topics, Predicate<T> hasNothing) {
        return groupId.isEmpty() || topics.isEmpty() || topics.stream().anyMatch(hasNothing);
    }

    private static <A> A answered(Supplier<A> call, BiFunction<Short, String, A> refused) {
        try {
            return call.get();
        } catch (AnswerException e) {
            return refused.apply(e.error().code(), e.getMessage());
        }
    }
}
