package dev.heddle.coordinator.consumer;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a member of a consumer group is and what it wants: what its metadata record holds. Immutable.
 *
 * @param rebalanceTimeoutMs how long it may take to give partitions up; -1 as long as it has not said
 * @param classic what it says as a member of the classic protocol; null if it uses the consumer protocol
 */
public record MemberProfile(
        Origin origin,
        Subscription subscription,
        int rebalanceTimeoutMs,
        @Nullable ClassicTerms classic) {

    /** Nothing is known yet. */
    static final MemberProfile UNKNOWN =
            new MemberProfile(new Origin(null, null, "", ""), new Subscription(Set.of(), "", null), -1, null);

    /**
     * Where it comes from.
     *
     * @param instanceId {@code group.instance.id} of a static member, else null
     */
    public record Origin(
            @Nullable String instanceId, @Nullable String rackId, String clientId, String clientHost) {}

    /**
     * What it wants to read.
     *
     * @param regex topics by regular expression; empty if it has none
     * @param assignor the server-side assignor that it prefers; null for the group's
     */
    public record Subscription(
            Set<String> topics, String regex, @Nullable String assignor) {

        public boolean hasRegex() {
            return !regex.isEmpty();
        }
    }

    /**
     * What a member of the classic protocol has said when it joined.
     *
     * @param protocols what it supports, best first; there is at least one
     */
    public record ClassicTerms(int sessionTimeoutMs, List<ClassicProtocol> protocols) {

        public ClassicProtocol preferred() {
            return protocols.getFirst();
        }
    }

    public boolean usesClassicProtocol() {
        return classic != null;
    }
}
