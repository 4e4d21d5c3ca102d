package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;

/** Metadata that only Apache Kafka gives out as yet: at Heddle it is but kept. */
final class QuotasAndUsers implements Cargo {

    private static final ClientQuotaEntity CLIENT =
            new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "some-client"));
    private static final String QUOTA = "producer_byte_rate";

    private final Map<String, Integer> iterations = new HashMap<>();
    private double rate;

    @Override
    public void load(Stop stop) {
        if (!stop.apache()) return;
        rate += 1_000_000;
        get(stop.clients()
                .admin()
                .alterClientQuotas(
                        List.of(new ClientQuotaAlteration(CLIENT, List.of(new ClientQuotaAlteration.Op(QUOTA, rate)))))
                .all());
        String user = "user-of-" + stop.name();
        iterations.put(user, 4096 + iterations.size());
        var info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, iterations.get(user));
        get(stop.clients()
                .admin()
                .alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user, info, "secret")))
                .all());
    }

    @Override
    public void check(Stop stop) {
        if (!stop.apache() || iterations.isEmpty()) return;
        var quotas = get(stop.clients()
                .admin()
                .describeClientQuotas(ClientQuotaFilter.all())
                .entities());
        assertEquals(Map.of(CLIENT, Map.of(QUOTA, rate)), quotas);
        var users = new HashMap<String, Integer>();
        get(stop.clients().admin().describeUserScramCredentials().all())
                .forEach((user, description) ->
                        users.put(user, description.credentialInfos().getFirst().iterations()));
        assertEquals(iterations, users);
    }
}
