package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/**
 * The quotas of users, client ids and addresses. Immutable: any thread may read it.
 *
 * @param entities the quotas of each entity, by quota key; read-only
 */
public record ClientQuotasImage(Map<ClientQuotaEntity, Map<String, Double>> entities) {

    static final ClientQuotasImage EMPTY = new ClientQuotasImage(Map.of());
}
