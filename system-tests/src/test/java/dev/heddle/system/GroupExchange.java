package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;

/** The steps by which a single member makes its group stable; the group is named after the setting. */
final class GroupExchange {

    private static final short JOIN_VERSION = 9;
    private static final short SYNC_VERSION = 5;

    private GroupExchange() {}

    /** A group with one member, which has its assignment. */
    static JoinGroupResponseData stable(Scenarios.Setting setting) {
        JoinGroupResponseData member = join(setting, JOIN_VERSION);
        sync(setting, member, SYNC_VERSION);
        return member;
    }

    /** Joins as the group's only member, and so becomes its leader. */
    static JoinGroupResponseData join(Scenarios.Setting setting, short version) {
        awaitCoordinator(setting);
        JoinGroupResponseData answer = join(setting, version, "");
        if (version >= 4) {
            assertEquals(Errors.MEMBER_ID_REQUIRED, Errors.forCode(answer.errorCode()));
            assertFalse(answer.memberId().isEmpty());
            answer = join(setting, version, answer.memberId());
        }
        assertEquals(Errors.NONE, Errors.forCode(answer.errorCode()));
        assertEquals(answer.memberId(), answer.leader());
        assertEquals(1, answer.generationId());
        assertEquals("range", answer.protocolName());
        assertEquals(1, answer.members().size());
        return answer;
    }

    /** Asks for the coordinator, as every client does first: it is this that creates the offsets topic. */
    private static void awaitCoordinator(Scenarios.Setting setting) {
        var request = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(setting.name()));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer =
                            setting.connection().ask(ApiKeys.FIND_COORDINATOR, (short) 4, request);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
    }

    private static JoinGroupResponseData join(Scenarios.Setting setting, short version, String memberId) {
        var protocols = new JoinGroupRequestProtocolCollection();
        ByteBuffer subscription = ConsumerProtocol.serializeSubscription(new Subscription(List.of(setting.name())));
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(bytes(subscription)));
        var request = new JoinGroupRequestData()
                .setGroupId(setting.name())
                .setMemberId(memberId)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(30_000)
                .setRebalanceTimeoutMs(30_000)
                .setProtocols(protocols);
        JoinGroupResponse answer = setting.connection().ask(ApiKeys.JOIN_GROUP, version, request);
        return answer.data();
    }

    /** Hands the group's only member its assignment, and returns what the broker answers. */
    static byte[] sync(Scenarios.Setting setting, JoinGroupResponseData member, short version) {
        byte[] assignment = bytes(
                ConsumerProtocol.serializeAssignment(new Assignment(List.of(new TopicPartition(setting.name(), 0)))));
        var request = new SyncGroupRequestData()
                .setGroupId(setting.name())
                .setMemberId(member.memberId())
                .setGenerationId(member.generationId())
                .setAssignments(List.of(new SyncGroupRequestAssignment()
                        .setMemberId(member.memberId())
                        .setAssignment(assignment)));
        if (version >= 5) request.setProtocolType("consumer").setProtocolName("range");
        SyncGroupResponse answer = setting.connection().ask(ApiKeys.SYNC_GROUP, version, request);
        assertEquals(Errors.NONE, Errors.forCode(answer.data().errorCode()));
        org.junit.jupiter.api.Assertions.assertArrayEquals(
                assignment, answer.data().assignment());
        return answer.data().assignment();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
