package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.resource.ResourceType;

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

    private static Errors refusal(InitProducerIdRequest asked, Access access) {
        String id = asked.data().transactionalId();
        if (id == null) {
            boolean allowed = access.allowsOnCluster(AclOperation.IDEMPOTENT_WRITE, Logged.IF_ALLOWED)
                    || access.allowsSomewhere(AclOperation.WRITE, ResourceType.TOPIC);
            return allowed ? Errors.NONE : Errors.CLUSTER_AUTHORIZATION_FAILED;
        }
        boolean allowed = access.allows(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, id)
                && (!asked.enable2Pc()
                        || access.allows(AclOperation.TWO_PHASE_COMMIT, ResourceType.TRANSACTIONAL_ID, id));
        return allowed ? Errors.NONE : Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }

    /** A transactional id's next epoch waits for the log, and every thousandth id for the controller. */
    @Override
    public AbstractResponse handle(Request request, Access access) {
        InitProducerIdRequest asked = request.body();
        Errors refused = refusal(asked, access);
        if (refused != Errors.NONE) throw new AnswerException(refused);
        InitProducerIdResponseData response = transactions.initProducerId(asked.data(), request.waiter());
        if (response.errorCode() == Errors.PRODUCER_FENCED.code() && asked.version() < FIRST_WITH_PRODUCER_FENCED)
            response.setErrorCode(Errors.INVALID_PRODUCER_EPOCH.code());
        return new InitProducerIdResponse(response);
    }
}
