package dev.heddle.coordinator;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many members of a classic group support which protocol, and which one they agree on. Needs the group's lock. */
final class ProtocolVotes {

    private final Map<String, Integer> supporters = new HashMap<>();

    /** A member comes, or comes to support other protocols than before. */
    void comes(Member member) {
        count(member, 1);
    }

    /** A member leaves, or is about to support other protocols. */
    void leaves(Member member) {
        count(member, -1);
    }

    private void count(Member member, int change) {
        member.protocols()
                .forEach(protocol ->
                        supporters.merge(protocol.name(), change, (count, by) -> count + by == 0 ? null : count + by));
    }

    /** Whether one of the protocols is supported by so many members. */
    boolean supportsAnyOf(Collection<String> protocols, int members) {
        return protocols.stream().anyMatch(name -> supporters.getOrDefault(name, 0) == members);
    }

    /** The protocol that all support and most like best; null when there is none that all support. */
    @Nullable String winner(Collection<Member> members) {
        return mostVotes(members, supporters);
    }

    /** What {@link #winner} would be if the member had these protocols. */
    @Nullable String winnerIf(Collection<Member> members, Member member, List<MemberProtocol> protocols) {
        var changed = new HashMap<>(supporters);
        member.protocols().forEach(protocol -> changed.merge(protocol.name(), -1, Integer::sum));
        protocols.forEach(protocol -> changed.merge(protocol.name(), 1, Integer::sum));
        Collection<Member> voters = members.stream()
                .map(voter -> voter == member ? member.withProtocols(protocols) : voter)
                .toList();
        return mostVotes(voters, changed);
    }

    private static @Nullable String mostVotes(Collection<Member> voters, Map<String, Integer> supporters) {
        Map<String, Integer> votes = new HashMap<>();
        for (Member voter : voters) {
            String vote = voter.vote(protocol -> supporters.getOrDefault(protocol, 0) == voters.size());
            if (vote != null) votes.merge(vote, 1, Integer::sum);
        }
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }
}
