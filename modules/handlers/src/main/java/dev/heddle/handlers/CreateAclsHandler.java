package dev.heddle.handlers;

import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.AccessRules;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateAclsResponseData;
import org.apache.kafka.common.message.CreateAclsResponseData.AclCreationResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreateAclsRequest;
import org.apache.kafka.common.requests.CreateAclsResponse;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.jspecify.annotations.Nullable;

/** CreateAcls: adds to the rules of the authorizer. Any thread may call it; it waits until the authorizer has them. */
final class CreateAclsHandler implements ApiHandler {

    private final Permissions permissions;

    CreateAclsHandler(Permissions permissions) {
        this.permissions = permissions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.CREATE_ACLS;
    }

    @Override
    public CreateAclsResponse handle(Request request, Access access) {
        access.requireOnCluster(AclOperation.ALTER);
        AccessRules rules = permissions.requireRules("No Authorizer is configured.");
        CreateAclsRequest body = request.body();
        List<AclBinding> asked =
                body.aclCreations().stream().map(CreateAclsRequest::aclBinding).toList();
        List<AclBinding> valid =
                asked.stream().filter(rule -> refusal(rule) == null).toList();
        Iterator<AclCreateResult> created = rules.create(Permissions.contextOf(request), valid, request.waiter())
                .iterator();
        List<AclCreationResult> results = new ArrayList<>(asked.size());
        for (AclBinding rule : asked) {
            ApiException refused = refusal(rule);
            results.add(result(refused != null ? new AclCreateResult(refused) : created.next()));
        }
        return new CreateAclsResponse(new CreateAclsResponseData().setResults(results));
    }

    private static @Nullable ApiException refusal(AclBinding rule) {
        ResourcePattern resource = rule.pattern();
        if (resource.resourceType() == ResourceType.CLUSTER && !resource.name().equals(Resource.CLUSTER_NAME))
            return new InvalidRequestException(
                    "The only valid name for the CLUSTER resource is " + Resource.CLUSTER_NAME);
        return resource.name().isEmpty() ? new InvalidRequestException("Invalid empty resource name") : null;
    }

    private static AclCreationResult result(AclCreateResult created) {
        var result = new AclCreationResult();
        created.exception()
                .map(ApiError::fromThrowable)
                .ifPresent(error -> result.setErrorCode(error.error().code()).setErrorMessage(error.message()));
        return result;
    }
}
