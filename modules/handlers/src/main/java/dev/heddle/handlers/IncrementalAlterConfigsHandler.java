package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;

/**
 * IncrementalAlterConfigs (KIP-339): single keys of topics, brokers, their loggers, groups and client metrics. Any thread
 * may call it; it waits until the change is on disk.
 */
final class IncrementalAlterConfigsHandler implements ApiHandler {

    private final int brokerId;
    private final Controller controller;
    private final LoggerLevelChanges loggers;

    IncrementalAlterConfigsHandler(int brokerId, Controller controller, LoggerLevels loggers) {
        this.brokerId = brokerId;
        this.controller = controller;
        this.loggers = new LoggerLevelChanges(brokerId, loggers);
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public IncrementalAlterConfigsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    IncrementalAlterConfigsResponse answer(IncrementalAlterConfigsRequest request, Access access) {
        IncrementalAlterConfigsRequestData data = request.data();
        var altered =
                new AlteredResources(brokerId, data.resources().stream().map(IncrementalAlterConfigsHandler::resource));
        for (AlterConfigsResource resource : data.resources()) {
            altered.check(resource(resource), resource.resourceType(), () -> check(resource));
            if (resource(resource).type() == Type.BROKER_LOGGER && !altered.isAnswered(resource(resource))) {
                alterLoggers(resource, data.validateOnly(), altered, access);
            }
        }
        data.resources().forEach(resource -> altered.authorize(resource(resource), access));
        askController(data, altered);
        var response = new IncrementalAlterConfigsResponseData();
        for (AlterConfigsResource resource : data.resources()) {
            ApiError answer = altered.answerTo(resource(resource));
            response.responses()
                    .add(new AlterConfigsResourceResponse()
                            .setResourceType(resource.resourceType())
                            .setResourceName(resource.resourceName())
                            .setErrorCode(answer.error().code())
                            .setErrorMessage(answer.message()));
        }
        return new IncrementalAlterConfigsResponse(response);
    }

    private static ConfigResource resource(AlterConfigsResource resource) {
        return new ConfigResource(Type.forId(resource.resourceType()), resource.resourceName());
    }

    private static void check(AlterConfigsResource resource) {
        AlteredResources.requireDistinctKeys(
                resource.configs().stream().map(AlterableConfig::name).toList());
        AlteredResources.requireNoNulls(resource.configs().stream()
                .filter(config -> config.value() == null && config.configOperation() != OpType.DELETE.id())
                .map(AlterableConfig::name)
                .toList());
    }

    private void alterLoggers(
            AlterConfigsResource resource, boolean validateOnly, AlteredResources altered, Access access) {
        altered.authorize(resource(resource), access);
        if (altered.isAnswered(resource(resource))) return;
        altered.check(resource(resource), resource.resourceType(), () -> loggers.apply(resource, validateOnly));
        if (!altered.isAnswered(resource(resource))) altered.answer(resource(resource), ApiError.NONE);
    }

    private void askController(IncrementalAlterConfigsRequestData data, AlteredResources altered) {
        var remaining = new IncrementalAlterConfigsRequestData().setValidateOnly(data.validateOnly());
        data.resources().stream()
                .filter(resource -> !altered.isAnswered(resource(resource)))
                .forEach(resource -> remaining.resources().add(resource.duplicate()));
        if (remaining.resources().isEmpty()) return;
        controller
                .incrementalAlterConfigs(remaining)
                .responses()
                .forEach(answer -> altered.answer(
                        new ConfigResource(Type.forId(answer.resourceType()), answer.resourceName()),
                        new ApiError(answer.errorCode(), answer.errorMessage())));
    }
}
