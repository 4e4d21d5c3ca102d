package dev.heddle.handlers;

import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;

/** InitProducerId: gives a producer its id. Any thread may call it. */
final class InitProducerIdHandler implements ApiHandler {

    /** First version whose clients know PRODUCER_FENCED. */
    private static final short FIRST_WITH_PRODUCER_FENCED = 4;

    private final TransactionCoordinator transactions;

    InitProducerIdHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    /** Every thousandth call waits for the controller to write down a new block of ids. */
    @Override
    public AbstractResponse handle(Request request, Access access) {
        InitProducerIdRequest asked = request.body();
        InitProducerIdResponseData response = transactions.initProducerId(asked.data());
        if (response.errorCode() == Errors.PRODUCER_FENCED.code() && asked.version() < FIRST_WITH_PRODUCER_FENCED)
            response.setErrorCode(Errors.INVALID_PRODUCER_EPOCH.code());
        return new InitProducerIdResponse(response);
    }
}
