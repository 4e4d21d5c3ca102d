package dev.heddle.handlers;

import dev.heddle.common.Waiter;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.BiFunction;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * One of the five APIs of the share coordinator, by which brokers keep the states of share groups: they differ in nothing
 * but what is done. Any thread may call it; it waits until what it answers is committed.
 */
final class ShareStateHandler<T extends AbstractRequest> implements ApiHandler {

    private final ApiKeys apiKey;
    private final BiFunction<T, Waiter, AbstractResponse> answer;

    /** @param answer of a request of this API */
    ShareStateHandler(ApiKeys apiKey, BiFunction<T, Waiter, AbstractResponse> answer) {
        this.apiKey = apiKey;
        this.answer = answer;
    }

    @Override
    public ApiKeys apiKey() {
        return apiKey;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        access.requireOnCluster(AclOperation.CLUSTER_ACTION);
        T body = request.body();
        return answer.apply(body, request.waiter());
    }
}
