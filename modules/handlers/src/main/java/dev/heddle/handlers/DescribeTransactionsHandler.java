package dev.heddle.handlers;

import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeTransactionsRequest;
import org.apache.kafka.common.requests.DescribeTransactionsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DescribeTransactions: what transactional ids are at (KIP-664). Any thread may call it. */
final class DescribeTransactionsHandler implements ApiHandler {

    private final TransactionCoordinator transactions;

    DescribeTransactionsHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_TRANSACTIONS;
    }

    @Override
    public DescribeTransactionsResponse handle(Request request, Access access) {
        DescribeTransactionsRequest asked = request.body();
        var response = new DescribeTransactionsResponseData();
        for (String transactionalId : asked.data().transactionalIds()) {
            response.transactionStates().add(describe(transactionalId, access));
        }
        return new DescribeTransactionsResponse(response);
    }

    private TransactionState describe(String transactionalId, Access access) {
        if (!access.allows(AclOperation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
            return new TransactionState()
                    .setTransactionalId(transactionalId)
                    .setErrorCode(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code());
        }
        TransactionState state = transactions.describe(transactionalId);
        Predicate<String> describable =
                access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, state.topics(), TopicData::topic);
        state.topics().removeIf(topic -> !describable.test(topic.topic()));
        return state;
    }
}
