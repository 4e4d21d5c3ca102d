package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.common.security.scram.ScramCredential;

/**
 * The SCRAM credentials of users. Immutable: any thread may read it.
 *
 * @param credentials by mechanism and user name; read-only
 */
public record ScramImage(Map<ScramMechanism, Map<String, ScramCredential>> credentials) {

    static final ScramImage EMPTY = new ScramImage(Map.of());

    /** Says nothing of the credentials. */
    @Override
    public String toString() {
        return "ScramImage(mechanisms=" + credentials.keySet() + ')';
    }
}
