package dev.heddle.coordinator.assignor;

import java.util.Map;
import org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor;

/** Finds the server-side assignor of share groups. Stateless: any thread may call it. */
public final class ShareAssignors {

    private static final String KEY = "group.share.assignors";

    private ShareAssignors() {}

    /**
     * Makes it.
     *
     * @param name {@code simple}, or the name of a class
     * @param configs what it is configured with if it wants to be
     * @throws org.apache.kafka.common.config.ConfigException if there is no such assignor
     */
    public static ShareGroupPartitionAssignor of(String name, Map<String, ?> configs) {
        return switch (name) {
            case SimpleAssignor.NAME, Assignors.APACHE + "SimpleAssignor" -> new SimpleAssignor();
            default -> Assignors.load(KEY, name, ShareGroupPartitionAssignor.class, configs);
        };
    }
}
