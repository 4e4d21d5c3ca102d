package dev.heddle.coordinator;

import java.util.Locale;

/** Which way a group with members may change its protocol. */
public enum MigrationPolicy {
    BIDIRECTIONAL,
    UPGRADE,
    DOWNGRADE,
    DISABLED;

    static MigrationPolicy of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** From the classic to the consumer protocol. */
    boolean mayUpgrade() {
        return this == BIDIRECTIONAL || this == UPGRADE;
    }

    /** From the consumer to the classic protocol. */
    boolean mayDowngrade() {
        return this == BIDIRECTIONAL || this == DOWNGRADE;
    }
}
