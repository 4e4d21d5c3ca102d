package dev.heddle.coordinator;

import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Makes answers to JoinGroup. Any thread may call it that holds the group's lock. */
final class JoinResponses {

    private JoinResponses() {}

    static JoinGroupResponseData error(String memberId, Errors error) {
        return new JoinGroupResponseData().setMemberId(memberId).setErrorCode(error.code());
    }

    /** Tells a member of the present generation, and its leader of the members too. */
    static JoinGroupResponseData generation(ClassicGroup group, String memberId) {
        return new JoinGroupResponseData()
                .setMembers(group.isLeader(memberId) ? group.membersForLeader() : List.of())
                .setMemberId(memberId)
                .setGenerationId(group.generationId())
                .setProtocolName(group.protocolName())
                .setProtocolType(group.protocolType())
                .setLeader(group.leaderId() == null ? "" : group.leaderId());
    }
}
