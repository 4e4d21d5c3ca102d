package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.UpdateFeaturesRequest;
import org.apache.kafka.common.requests.UpdateFeaturesResponse;

/** UpdateFeatures (KIP-584). Any thread may call it; it waits until the levels are on disk. */
final class UpdateFeaturesHandler implements ApiHandler {

    private final Controller controller;

    UpdateFeaturesHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.UPDATE_FEATURES;
    }

    @Override
    public UpdateFeaturesResponse handle(Request request, Access access) {
        access.requireOnCluster(AclOperation.ALTER);
        UpdateFeaturesRequest body = request.body();
        return new UpdateFeaturesResponse(controller.updateFeatures(body.data()));
    }
}
