package dev.heddle.metadata;

import org.apache.kafka.common.message.VotersRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the log's control records say about the quorum. Immutable: any thread may read it.
 *
 * @param kraftVersion the level of {@code kraft.version}: 0 with static voters, 1 with voters in the log (KIP-853)
 * @param record the voters in the log; null with static voters
 */
record QuorumVoters(short kraftVersion, @Nullable VotersRecord record) {

    /** Static voters: what a new log begins with. */
    static final QuorumVoters STATIC = new QuorumVoters((short) 0, null);

    QuorumVoters withKraftVersion(short level) {
        return new QuorumVoters(level, record);
    }

    QuorumVoters withVoters(VotersRecord voters) {
        return new QuorumVoters(kraftVersion, voters);
    }

    /** Whether there is a voter other than that node. */
    boolean hasVoterBeside(int nodeId) {
        return record != null && record.voters().stream().anyMatch(voter -> voter.voterId() != nodeId);
    }
}
