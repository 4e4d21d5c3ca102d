package dev.heddle.metadata;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster. Immutable: any thread may read it.
 *
 * @param brokers every registered broker by its id, fenced ones too; read-only
 * @param controllers every registered controller by its id; read-only
 */
public record ClusterImage(Map<Integer, BrokerImage> brokers, Map<Integer, ControllerImage> controllers) {

    static final ClusterImage EMPTY = new ClusterImage(Map.of(), Map.of());

    /** The registered broker, or null. */
    public @Nullable BrokerImage broker(int id) {
        return brokers.get(id);
    }
}
