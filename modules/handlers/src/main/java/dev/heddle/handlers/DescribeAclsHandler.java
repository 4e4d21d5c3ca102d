package dev.heddle.handlers;

import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.AccessRules;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeAclsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.DescribeAclsRequest;
import org.apache.kafka.common.requests.DescribeAclsResponse;

/** DescribeAcls: the rules of the authorizer. Any thread may call it; it waits for the authorizer. */
final class DescribeAclsHandler implements ApiHandler {

    private final Permissions permissions;

    DescribeAclsHandler(Permissions permissions) {
        this.permissions = permissions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_ACLS;
    }

    @Override
    public DescribeAclsResponse handle(Request request, Access access) {
        access.requireOnCluster(AclOperation.DESCRIBE);
        DescribeAclsRequest body = request.body();
        AccessRules rules = permissions.requireRules("No Authorizer is configured on the broker");
        var response = new DescribeAclsResponseData()
                .setResources(DescribeAclsResponse.aclsResources(rules.find(body.filter())));
        return new DescribeAclsResponse(response, body.version());
    }
}
