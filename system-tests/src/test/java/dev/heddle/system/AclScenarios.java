package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreateAclsRequestData.AclCreation;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DeleteAclsRequestData.DeleteAclsFilter;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateAclsResponse;
import org.apache.kafka.common.requests.DeleteAclsResponse;
import org.apache.kafka.common.requests.DescribeAclsResponse;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;

/** What the APIs of access rules answer in every version by a broker that has no authorizer. */
final class AclScenarios {

    private AclScenarios() {}

    static void describe(Scenarios.Setting setting) {
        DescribeAclsResponse answer = setting.ask(
                ApiKeys.DESCRIBE_ACLS,
                new DescribeAclsRequestData()
                        .setResourceTypeFilter(ResourceType.ANY.code())
                        .setPatternTypeFilter(PatternType.ANY.code())
                        .setOperation(AclOperation.ANY.code())
                        .setPermissionType(AclPermissionType.ANY.code()));
        assertDisabled(answer.data().errorCode());
    }

    static void create(Scenarios.Setting setting) {
        CreateAclsResponse answer = setting.ask(
                ApiKeys.CREATE_ACLS,
                new CreateAclsRequestData()
                        .setCreations(List.of(new AclCreation()
                                .setResourceType(ResourceType.TOPIC.code())
                                .setResourceName(setting.name())
                                .setResourcePatternType(PatternType.LITERAL.code())
                                .setPrincipal("User:alice")
                                .setHost("*")
                                .setOperation(AclOperation.READ.code())
                                .setPermissionType(AclPermissionType.ALLOW.code()))));
        assertDisabled(answer.data().results().getFirst().errorCode());
    }

    static void delete(Scenarios.Setting setting) {
        DeleteAclsResponse answer = setting.ask(
                ApiKeys.DELETE_ACLS,
                new DeleteAclsRequestData()
                        .setFilters(List.of(new DeleteAclsFilter()
                                .setResourceTypeFilter(ResourceType.TOPIC.code())
                                .setResourceNameFilter(setting.name())
                                .setPatternTypeFilter(PatternType.LITERAL.code())
                                .setOperation(AclOperation.ANY.code())
                                .setPermissionType(AclPermissionType.ANY.code()))));
        assertDisabled(answer.data().filterResults().getFirst().errorCode());
    }

    private static void assertDisabled(short errorCode) {
        assertEquals(Errors.SECURITY_DISABLED, Errors.forCode(errorCode));
    }
}
