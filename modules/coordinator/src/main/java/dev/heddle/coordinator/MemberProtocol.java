package dev.heddle.coordinator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;

/**
 * A protocol (of consumers: an assignor) that a member supports, with what the member says under it, for the leader to
 * read. Immutable by agreement: nobody writes to {@link #metadata}.
 */
record MemberProtocol(String name, byte[] metadata) {

    /** In the member's order of preference; of two with the same name the first counts. */
    static List<MemberProtocol> listOf(JoinGroupRequestProtocolCollection requested) {
        var protocols = new ArrayList<MemberProtocol>(requested.size());
        Set<String> names = new HashSet<>();
        for (var protocol : requested) {
            if (names.add(protocol.name())) protocols.add(new MemberProtocol(protocol.name(), protocol.metadata()));
        }
        return List.copyOf(protocols);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MemberProtocol that && name.equals(that.name) && Arrays.equals(metadata, that.metadata);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(metadata);
    }

    @Override
    public String toString() {
        return name;
    }
}
