package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.common.security.token.delegation.TokenInformation;

/**
 * The delegation tokens that were given out. Immutable: any thread may read it.
 *
 * @param tokens by token id; read-only
 */
public record DelegationTokensImage(Map<String, TokenInformation> tokens) {

    static final DelegationTokensImage EMPTY = new DelegationTokensImage(Map.of());

    /** Says nothing of the tokens. */
    @Override
    public String toString() {
        return "DelegationTokensImage(tokens=" + tokens.size() + ')';
    }
}
