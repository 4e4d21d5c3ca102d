package dev.heddle.coordinator;

import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;

/** Makes answers to SyncGroup. Any thread may call it that holds the group's lock. */
final class SyncResponses {

    private SyncResponses() {}

    static SyncGroupResponseData error(Errors error) {
        return new SyncGroupResponseData().setErrorCode(error.code());
    }

    static SyncGroupResponseData assignment(ClassicGroup group, Member member) {
        return new SyncGroupResponseData()
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocolName())
                .setAssignment(member.assignment());
    }
}
