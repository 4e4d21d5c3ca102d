package dev.heddle.coordinator;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.heddle.common.HeddleException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** DescribeTransactions and ListTransactions (KIP-664, 994, 1152). Any thread may call it; it takes no id's lock. */
final class TransactionAdministration {

    private final LedPartitions<TransactionPartition> partitions;
    private final TransactionContext context;

    TransactionAdministration(LedPartitions<TransactionPartition> partitions, TransactionContext context) {
        this.partitions = partitions;
        this.context = context;
    }

    // ---- DescribeTransactions ----

    DescribeTransactionsResponseData.TransactionState describe(String transactionalId) {
        var answer = new DescribeTransactionsResponseData.TransactionState().setTransactionalId(transactionalId);
        try {
            partitions.requireStarted();
            if (transactionalId.isEmpty()) return answer.setErrorCode(Errors.INVALID_REQUEST.code());
            TransactionalId found = partitions.of(transactionalId).find(transactionalId);
            if (found == null) return answer.setErrorCode(Errors.TRANSACTIONAL_ID_NOT_FOUND.code());
            return describe(answer, found.metadata());
        } catch (HeddleException e) {
            return answer.setErrorCode(CoordinatorErrors.of(e).code());
        }
    }

    private static DescribeTransactionsResponseData.TransactionState describe(
            DescribeTransactionsResponseData.TransactionState answer, TransactionMetadata metadata) {
        for (TopicPartition partition : metadata.partitions()) {
            TopicData topic = answer.topics().find(partition.topic());
            if (topic == null) {
                topic = new TopicData().setTopic(partition.topic());
                answer.topics().add(topic);
            }
            topic.partitions().add(partition.partition());
        }
        return answer.setProducerId(metadata.producer().id())
                .setProducerEpoch(metadata.producer().epoch())
                .setTransactionState(metadata.state().label())
                .setTransactionTimeoutMs(metadata.timeoutMs())
                .setTransactionStartTimeMs(metadata.startMs());
    }

    // ---- ListTransactions ----

    ListTransactionsResponseData list(ListTransactionsRequestData request) {
        var response = new ListTransactionsResponseData();
        try {
            partitions.requireStarted();
            if (partitions.all().stream().anyMatch(partition -> partition.life().isLoading())) {
                return response.setErrorCode(Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
            }
            var wanted = new Wanted(request, context.time().milliseconds());
            response.setUnknownStateFilters(wanted.unknownStates(request));
            for (TransactionPartition partition : partitions.all()) {
                if (!partition.life().isActive()) continue;
                for (TransactionalId id : partition.ids()) list(id, wanted, response);
            }
            return response;
        } catch (PatternSyntaxException e) {
            return response.setErrorCode(Errors.INVALID_REGULAR_EXPRESSION.code());
        } catch (HeddleException e) {
            return response.setErrorCode(CoordinatorErrors.of(e).code());
        }
    }

    private static void list(TransactionalId id, Wanted wanted, ListTransactionsResponseData response) {
        TransactionMetadata metadata = id.metadata();
        if (!wanted.includes(id.name(), metadata)) return;
        response.transactionStates()
                .add(new ListTransactionsResponseData.TransactionState()
                        .setTransactionalId(id.name())
                        .setProducerId(metadata.producer().id())
                        .setTransactionState(metadata.state().label()));
    }

    /** The filters of a request. */
    private static final class Wanted {

        private final Set<Long> producerIds;
        private final boolean anyState;
        private final Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
        private final long durationMs;
        private final @Nullable Pattern pattern;
        private final long nowMs;

        Wanted(ListTransactionsRequestData request, long nowMs) {
            producerIds = Set.copyOf(request.producerIdFilters());
            anyState = request.stateFilters().isEmpty();
            for (String label : request.stateFilters()) {
                TransactionState state = TransactionState.ofLabel(label);
                if (state != null) states.add(state);
            }
            durationMs = request.durationFilter();
            String regex = request.transactionalIdPattern();
            // Of the linear kind: a client's pattern cannot keep the broker busy.
            pattern = regex == null || regex.isEmpty() ? null : Pattern.compile(regex);
            this.nowMs = nowMs;
        }

        List<String> unknownStates(ListTransactionsRequestData request) {
            return request.stateFilters().stream()
                    .filter(label -> TransactionState.ofLabel(label) == null)
                    .toList();
        }

        boolean includes(String transactionalId, TransactionMetadata metadata) {
            return (producerIds.isEmpty()
                            || producerIds.contains(metadata.producer().id()))
                    && (anyState || states.contains(metadata.state()))
                    && (durationMs < 0 || nowMs - metadata.startMs() > durationMs)
                    && (pattern == null || pattern.matches(transactionalId));
        }
    }
}
