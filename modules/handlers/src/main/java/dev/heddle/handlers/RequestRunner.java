package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestHandler;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a request's handler on the calling thread and answers the request, exactly once. Any thread may call it; what a
 * handler throws becomes an answer here, unless it says that the connection is to be closed.
 */
final class RequestRunner implements RequestHandler {

    private static final Logger LOG = LoggerFactory.getLogger(RequestRunner.class);

    private final HandlerTable table;
    private final Consumer<StopBrokerException> stopBroker;

    RequestRunner(HandlerTable table, Consumer<StopBrokerException> stopBroker) {
        this.table = table;
        this.stopBroker = stopBroker;
    }

    /** Whether the request's handler may wait. A request that cannot even be read does not: it is refused at once. */
    boolean mayWait(Request request) {
        ApiHandler handler = table.find(request.apiKey());
        if (handler == null) return false;
        if (mayWaitForOthers(request)) return true;
        try {
            return handler.mayWait(request);
        } catch (RuntimeException e) {
            return false; // Its handler meets the same exception, and that one is answered.
        }
    }

    /** Plugins take their time: the one that says who the client is, and the one that says what it may do. */
    private boolean mayWaitForOthers(Request request) {
        if (!request.connection().isPrincipalKnown()) return true;
        return table.permissions().mayWait() && request.apiKey() != ApiKeys.API_VERSIONS;
    }

    /** Handles and answers the request. */
    @Override
    public void handle(Request request) {
        AbstractResponse response;
        try {
            ApiHandler handler = handler(request);
            request.connection().principal(); // whoever is not to come in at all is refused here
            response = handler.handle(request, table.permissions().of(request));
        } catch (CloseConnectionException e) {
            throw e; // The request sees to it, and logs and counts it.
        } catch (RuntimeException | Error e) {
            answerFailure(request, e);
            return;
        }
        if (response == null) request.respondNothing();
        else request.respond(response);
    }

    private ApiHandler handler(Request request) {
        ApiHandler handler = table.find(request.apiKey());
        if (handler == null) throw new CloseConnectionException("api=" + request.apiKey() + " is not offered");
        // An unknown version of ApiVersions alone is answered: the client asks it before it knows any version
        // (KIP-511).
        if (request.apiKey() != ApiKeys.API_VERSIONS && !table.offers(request.apiKey(), request.apiVersion())) {
            throw new CloseConnectionException(
                    "version=" + request.apiVersion() + " of api=" + request.apiKey() + " is not offered");
        }
        return handler;
    }

    private void answerFailure(Request request, Throwable failure) {
        try {
            ApiException error = toApiException(request, failure);
            AbstractResponse response = request.<AbstractRequest>body().getErrorResponse(error);
            if (response == null) request.closeConnection("error=" + Errors.forException(error) + " has no answer");
            else request.respond(response);
        } finally {
            if (failure instanceof StopBrokerException stop) stopBroker.accept(stop);
        }
    }

    /** What the client is told. The broker's own faults are logged here, and the client learns only that there is one. */
    private static ApiException toApiException(Request request, Throwable failure) {
        return switch (failure) {
            case HeddleException known -> toApiException(request, known);
            case ApiException known -> known;
            default -> unknown(request, failure);
        };
    }

    private static ApiException toApiException(Request request, HeddleException failure) {
        return switch (failure) {
            case AnswerException answer -> exceptionOf(answer.error(), answer.getMessage());
            case DirectoryOfflineException offline -> {
                LOG.debug(
                        "Answered from an offline directory: api={} directory={}",
                        request.apiKey(),
                        offline.directory());
                yield exceptionOf(Errors.KAFKA_STORAGE_ERROR, null);
            }
            case StopBrokerException stop -> unknown(request, stop);
            case CloseConnectionException close -> unknown(request, close);
        };
    }

    private static ApiException exceptionOf(Errors error, @Nullable String message) {
        ApiException exception = error.exception(message);
        return exception != null ? exception : Errors.UNKNOWN_SERVER_ERROR.exception();
    }

    private static ApiException unknown(Request request, Throwable failure) {
        LOG.error(
                "A handler failed: api={} version={} clientId={}",
                request.apiKey(),
                request.apiVersion(),
                request.clientId(),
                failure);
        return Errors.UNKNOWN_SERVER_ERROR.exception();
    }
}
