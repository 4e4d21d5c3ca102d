package dev.heddle.handlers;

import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.resource.ResourceType;

/** EndTxn: commits or aborts a transaction. Any thread may call it; it waits until that is decided for good. */
final class EndTxnHandler implements ApiHandler {

    /** From this version on clients have an epoch for each transaction (KIP-890). */
    private static final short EPOCH_PER_TRANSACTION_VERSION = 5;

    private final TransactionCoordinator transactions;

    EndTxnHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.END_TXN;
    }

    @Override
    public EndTxnResponse handle(Request request, Access access) {
        EndTxnRequest asked = request.body();
        String transactionalId = asked.data().transactionalId();
        if (!access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
            return new EndTxnResponse(
                    new EndTxnResponseData().setErrorCode(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code()));
        }
        short clientVersion = (short) (asked.version() >= EPOCH_PER_TRANSACTION_VERSION ? 2 : 0);
        EndTxnResponseData response = transactions.endTransaction(asked.data(), clientVersion, request.waiter());
        Errors error = TransactionErrors.forClient(Errors.forCode(response.errorCode()), asked.version());
        return new EndTxnResponse(response.setErrorCode(error.code()));
    }
}
