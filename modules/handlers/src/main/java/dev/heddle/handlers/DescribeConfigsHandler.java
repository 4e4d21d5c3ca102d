package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.List;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse;

/**
 * DescribeConfigs of topics, brokers, their loggers, groups and client metrics. Any thread may call it; it never waits.
 */
final class DescribeConfigsHandler implements ApiHandler {

    private final ConfigDescriptions descriptions;

    DescribeConfigsHandler(ConfigDescriptions descriptions) {
        this.descriptions = descriptions;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_CONFIGS;
    }

    @Override
    public boolean mayWait(Request request) {
        return false;
    }

    @Override
    public DescribeConfigsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    DescribeConfigsResponse answer(DescribeConfigsRequest request, Access access) {
        request.data().resources().forEach(DescribeConfigsHandler::requireKnownType);
        var entries = new ConfigEntries(
                request.data().includeSynonyms(), request.data().includeDocumentation());
        return new DescribeConfigsResponse(new DescribeConfigsResponseData()
                .setResults(request.data().resources().stream()
                        .map(resource -> describe(resource, entries, access))
                        .toList()));
    }

    private static void requireKnownType(DescribeConfigsResource resource) {
        if (ConfigResource.Type.forId(resource.resourceType()) == ConfigResource.Type.UNKNOWN) {
            throw new InvalidRequestException(
                    "Unexpected resource type UNKNOWN for resource " + resource.resourceName());
        }
    }

    private DescribeConfigsResult describe(DescribeConfigsResource resource, ConfigEntries entries, Access access) {
        var result = new DescribeConfigsResult()
                .setResourceType(resource.resourceType())
                .setResourceName(resource.resourceName());
        Errors refused = ConfigPermissions.check(
                AclOperation.DESCRIBE_CONFIGS,
                new ConfigResource(ConfigResource.Type.forId(resource.resourceType()), resource.resourceName()),
                access);
        if (refused != Errors.NONE) return refused(result, refused, refused.message());
        try {
            List<DescribeConfigsResourceResult> configs = descriptions.describe(resource, entries);
            return result.setErrorCode(Errors.NONE.code()).setConfigs(configs);
        } catch (AnswerException e) {
            return refused(result, e.error(), e.getMessage());
        } catch (ConfigException e) {
            return refused(result, Errors.INVALID_CONFIG, e.getMessage());
        } catch (ApiException e) {
            return refused(result, Errors.forException(e), e.getMessage());
        }
    }

    private static DescribeConfigsResult refused(DescribeConfigsResult result, Errors error, String message) {
        return result.setErrorCode(error.code()).setErrorMessage(message).setConfigs(List.of());
    }
}
