package dev.heddle.handlers;

import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.ListTransactionsResponseData.TransactionState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ListTransactionsRequest;
import org.apache.kafka.common.requests.ListTransactionsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** ListTransactions: the transactional ids that this broker coordinates (KIP-664). Any thread may call it. */
final class ListTransactionsHandler implements ApiHandler {

    private final TransactionCoordinator transactions;

    ListTransactionsHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.LIST_TRANSACTIONS;
    }

    @Override
    public ListTransactionsResponse handle(Request request, Access access) {
        ListTransactionsRequest asked = request.body();
        ListTransactionsResponseData response = transactions.list(asked.data());
        Predicate<String> describable = access.allowed(
                AclOperation.DESCRIBE,
                ResourceType.TRANSACTIONAL_ID,
                response.transactionStates(),
                TransactionState::transactionalId);
        response.transactionStates().removeIf(state -> !describable.test(state.transactionalId()));
        return new ListTransactionsResponse(response);
    }
}
