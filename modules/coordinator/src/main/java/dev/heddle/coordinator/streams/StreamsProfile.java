package dev.heddle.coordinator.streams;

import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a member of a streams group is: what its metadata record holds. Immutable.
 *
 * @param rebalanceTimeoutMs how long it may take to give tasks up; -1 as long as it has not said
 * @param topologyEpoch of the topology that it runs; -1 as long as it has not said
 * @param processId of the process that it is a part of
 * @param endpoint where others may ask it for the state of its tasks; null if nowhere
 * @param clientTags what it says of itself for rack-aware assignments
 */
public record StreamsProfile(
        Origin origin,
        int rebalanceTimeoutMs,
        int topologyEpoch,
        String processId,
        @Nullable Endpoint endpoint,
        Map<String, String> clientTags) {

    /** Nothing is known yet. */
    static final StreamsProfile UNKNOWN =
            new StreamsProfile(new Origin(null, null, "", ""), -1, -1, "", null, Map.of());

    /** Where state can be asked for (KIP-535). */
    public record Endpoint(String host, int port) {}
}
