package dev.heddle.handlers;

import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.AccessRules;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DeleteAclsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DeleteAclsRequest;
import org.apache.kafka.common.requests.DeleteAclsResponse;

/** DeleteAcls: removes from the rules of the authorizer. Any thread may call it; it waits until they are gone. */
final class DeleteAclsHandler implements ApiHandler {

    private final Permissions permissions;

    DeleteAclsHandler(Permissions permissions) {
        this.permissions = permissions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DELETE_ACLS;
    }

    @Override
    public DeleteAclsResponse handle(Request request, Access access) {
        access.requireOnCluster(AclOperation.ALTER);
        AccessRules rules = permissions.requireRules("No Authorizer is configured.");
        DeleteAclsRequest body = request.body();
        var response = new DeleteAclsResponseData()
                .setFilterResults(
                        rules.delete(Permissions.contextOf(request), body.filters(), request.waiter()).stream()
                                .map(DeleteAclsResponse::filterResult)
                                .toList());
        return new DeleteAclsResponse(response, body.version());
    }
}
