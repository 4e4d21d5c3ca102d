package dev.heddle.metadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.ClientQuotaRecord;
import org.apache.kafka.common.metadata.DelegationTokenRecord;
import org.apache.kafka.common.metadata.RemoveAccessControlEntryRecord;
import org.apache.kafka.common.metadata.RemoveDelegationTokenRecord;
import org.apache.kafka.common.metadata.RemoveUserScramCredentialRecord;
import org.apache.kafka.common.metadata.UserScramCredentialRecord;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.token.delegation.TokenInformation;
import org.apache.kafka.common.utils.SecurityUtils;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;

/** Changes of what is known about users: quotas, ACLs, SCRAM credentials, delegation tokens. One thread builds it. */
final class SecurityDelta {

    private final MetadataImage image;
    private HashPMap<ClientQuotaEntity, Map<String, Double>> quotas;
    private HashPMap<Uuid, AclBinding> acls;
    private HashPMap<ScramMechanism, Map<String, ScramCredential>> credentials;
    private HashPMap<String, TokenInformation> tokens;

    SecurityDelta(MetadataImage image) {
        this.image = image;
        quotas = persistent(image.clientQuotas().entities());
        acls = persistent(image.acls().acls());
        credentials = persistent(image.scram().credentials());
        tokens = persistent(image.delegationTokens().tokens());
    }

    private static <K, V> HashPMap<K, V> persistent(Map<K, V> map) {
        return map instanceof HashPMap<K, V> already ? already : HashTreePMap.from(map);
    }

    void replay(ClientQuotaRecord record) {
        Map<String, String> names = new HashMap<>();
        record.entity().forEach(e -> names.put(e.entityType(), e.entityName()));
        var entity = new ClientQuotaEntity(Collections.unmodifiableMap(names));
        Map<String, Double> values = new TreeMap<>(quotas.getOrDefault(entity, Map.of()));
        if (record.remove()) {
            values.remove(record.key());
        } else {
            values.put(record.key(), record.value());
        }
        quotas = values.isEmpty() ? quotas.minus(entity) : quotas.plus(entity, Collections.unmodifiableMap(values));
    }

    void replay(AccessControlEntryRecord record) {
        var pattern = new ResourcePattern(
                ResourceType.fromCode(record.resourceType()),
                record.resourceName(),
                PatternType.fromCode(record.patternType()));
        var entry = new AccessControlEntry(
                record.principal(),
                record.host(),
                AclOperation.fromCode(record.operation()),
                AclPermissionType.fromCode(record.permissionType()));
        acls = acls.plus(record.id(), new AclBinding(pattern, entry));
    }

    void replay(RemoveAccessControlEntryRecord record) {
        if (!acls.containsKey(record.id())) throw new IllegalStateException("No ACL with id " + record.id());
        acls = acls.minus(record.id());
    }

    void replay(UserScramCredentialRecord record) {
        ScramMechanism mechanism = ScramMechanism.fromType(record.mechanism());
        Map<String, ScramCredential> users = new TreeMap<>(credentials.getOrDefault(mechanism, Map.of()));
        users.put(
                record.name(),
                new ScramCredential(record.salt(), record.storedKey(), record.serverKey(), record.iterations()));
        credentials = credentials.plus(mechanism, Collections.unmodifiableMap(users));
    }

    void replay(RemoveUserScramCredentialRecord record) {
        ScramMechanism mechanism = ScramMechanism.fromType(record.mechanism());
        Map<String, ScramCredential> users = new TreeMap<>(credentials.getOrDefault(mechanism, Map.of()));
        users.remove(record.name());
        credentials = users.isEmpty()
                ? credentials.minus(mechanism)
                : credentials.plus(mechanism, Collections.unmodifiableMap(users));
    }

    void replay(DelegationTokenRecord record) {
        List<KafkaPrincipal> renewers = new ArrayList<>();
        record.renewers().forEach(renewer -> renewers.add(SecurityUtils.parseKafkaPrincipal(renewer)));
        tokens = tokens.plus(
                record.tokenId(),
                TokenInformation.fromRecord(
                        record.tokenId(),
                        SecurityUtils.parseKafkaPrincipal(record.owner()),
                        SecurityUtils.parseKafkaPrincipal(record.requester()),
                        renewers,
                        record.issueTimestamp(),
                        record.maxTimestamp(),
                        record.expirationTimestamp()));
    }

    void replay(RemoveDelegationTokenRecord record) {
        tokens = tokens.minus(record.tokenId());
    }

    ClientQuotasImage quotas() {
        return quotas == image.clientQuotas().entities() ? image.clientQuotas() : new ClientQuotasImage(quotas);
    }

    AclsImage acls() {
        return acls == image.acls().acls() ? image.acls() : new AclsImage(acls);
    }

    ScramImage scram() {
        return credentials == image.scram().credentials() ? image.scram() : new ScramImage(credentials);
    }

    DelegationTokensImage tokens() {
        return tokens == image.delegationTokens().tokens()
                ? image.delegationTokens()
                : new DelegationTokensImage(tokens);
    }
}
