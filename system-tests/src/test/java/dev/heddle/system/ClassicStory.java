package dev.heddle.system;

import static dev.heddle.system.GroupRequests.name;

import dev.heddle.system.ClassicMember.Terms;
import dev.heddle.system.ClassicMember.Told;
import dev.heddle.system.GroupRequests.Member;
import dev.heddle.system.GroupRequests.Offset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.utils.Utils;

/**
 * The members of one classic group at one broker, which do as they are told by {@link ClassicStep}s and say what came of it, in
 * words that are the same for every broker that behaves the same. JoinGroup and SyncGroup may wait: what they lead to is
 * heard when the story {@linkplain #listen listens}. One thread uses it.
 */
final class ClassicStory implements AutoCloseable {

    static final int PARTITIONS = 3;

    /** Four dynamic members, and three static ones, of which two claim to be the same. */
    private static final String[] INSTANCES = {null, null, null, null, "instance-a", "instance-a", "instance-b"};

    private static final String TOO_LONG = "m".repeat(4097);
    private static final int[] JOIN_VERSIONS = {9, 9, 9, 9, 5, 4, 3, 2};
    private static final List<List<String>> PROTOCOLS = List.of(
            List.of("range"),
            List.of("range", "roundrobin"),
            List.of("roundrobin", "range"),
            List.of("range", "sticky"));

    /** How a group is. */
    record Plan(String group, String protocolType, List<String> topics, int sessionTimeoutMs, int rebalanceTimeoutMs) {}

    private final Plan plan;
    private final RawConnection connection;
    private final GroupRequests requests;
    private final ConcurrentLinkedQueue<Told> inbox = new ConcurrentLinkedQueue<>();
    private final List<ClassicMember> members = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();
    private String leader = "";
    private String roster = "";

    ClassicStory(Plan plan, RawConnection connection, int port, Map<String, Uuid> topicIds) {
        this.plan = plan;
        this.connection = connection;
        requests = new GroupRequests(connection, plan.group(), topicIds);
        for (int i = 0; i < INSTANCES.length; i++) {
            var member = new ClassicMember("member-" + i, INSTANCES[i], port, inbox);
            member.setTerms(terms(i));
            members.add(member);
        }
    }

    static int size() {
        return INSTANCES.length;
    }

    List<ClassicMember> members() {
        return members;
    }

    /** Who led the group when somebody was last told. */
    String leader() {
        return leader;
    }

    /** What the leader was last told of the members; another leader may have hung up, and not have heard it. */
    String roster() {
        return roster;
    }

    boolean anyoneWaits() {
        return members.stream().anyMatch(ClassicMember::waits);
    }

    boolean leaderWaits() {
        return members.stream().anyMatch(ClassicMember::waitsAsLeader);
    }

    /** Does it, and says what came of it at once; nothing if the member cannot do so now. */
    String run(ClassicStep step) {
        ClassicMember member = members.get(step.member());
        int variant = step.variant();
        boolean isFree = !member.waits();
        return switch (step.kind()) {
            case GO_ON -> goOn(member);
            case JOIN -> isFree ? join(member) : "";
            case JOIN_CHANGED -> isFree ? joinChanged(member, variant) : "";
            case JOIN_AS_STRANGER -> isFree ? join(member, "stranger") : "";
            case HANG_UP -> hangUp(member);
            case SYNC -> isFree ? sync(member, member.generation(), variant) : "";
            case SYNC_WRONGLY -> isFree ? sync(member, member.generation() + 1 - variant % 3, variant) : "";
            case BEAT -> beat(member, member.generation());
            case BEAT_WRONGLY -> beat(member, member.generation() + 1 - variant % 3);
            case LEAVE -> mayLeave(member) ? leave(variant, identity(member)) : "";
            case LEAVE_BY_INSTANCE -> leaveByInstance(member, variant);
            case LEAVE_WITH_A_STRANGER -> mayLeave(member) ? leave(variant, identity(member), stranger(variant)) : "";
            case COMMIT -> commit(variant, member, member.generation());
            case COMMIT_WRONGLY -> commit(variant, member, member.generation() + 1 - variant % 3);
            case COMMIT_AS_NOBODY -> commit(variant, Member.NOBODY);
            case FETCH -> fetch(variant);
            case DELETE_OFFSET -> requests.deleteOffset(topic(variant), variant % (PARTITIONS + 1));
            case LIST -> requests.list(variant);
            case DESCRIBE -> describe(variant % 2 == 0 ? 5 : 6);
            case DELETE_GROUP -> requests.deleteGroup();
        };
    }

    /** What a client does that has nothing else in mind. */
    String goOn(ClassicMember member) {
        if (member.waits()) return "";
        return switch (member.phase()) {
            case OUT -> join(member);
            case JOINED -> sync(member, member.generation(), 1);
            case SYNCED -> beat(member, member.generation());
        };
    }

    String describe(int version) {
        return requests.describe(version, this::nameOf);
    }

    private String nameOf(String memberId) {
        return names.getOrDefault(memberId, memberId.isEmpty() ? "" : "unknown");
    }

    // ---- JoinGroup ----

    private Terms terms(int variant) {
        String protocolType = variant % 31 == 30 ? "other" : plan.protocolType();
        List<String> protocols = switch (variant % 23) {
            case 21 -> List.of("sticky");
            case 22 -> List.of();
            default -> PROTOCOLS.get(variant % PROTOCOLS.size());
        };
        return new Terms(JOIN_VERSIONS[variant % JOIN_VERSIONS.length], protocolType, protocols, metadata(variant));
    }

    private byte[] metadata(int variant) {
        if (!plan.protocolType().equals("consumer")) return bytes("worker " + variant % 5);
        if (variant % 29 == 28) return new byte[1];
        List<String> topics =
                plan.topics().subList(0, 1 + variant % plan.topics().size());
        return Utils.toArray(ConsumerProtocol.serializeSubscription(
                new Subscription(topics, null, List.of(), -1, Optional.empty())));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String joinChanged(ClassicMember member, int variant) {
        member.setTerms(terms(variant));
        return join(member);
    }

    private String join(ClassicMember member) {
        return join(member, member.id());
    }

    private String join(ClassicMember member, String memberId) {
        Terms terms = member.terms();
        int version = member.instanceId() == null ? terms.version() : Math.max(5, terms.version());
        var protocols = new JoinGroupRequestProtocolCollection();
        for (String protocol : terms.protocols()) {
            protocols.add(new JoinGroupRequestProtocol().setName(protocol).setMetadata(terms.metadata()));
        }
        member.mustJoinAgain();
        member.ask(
                ApiKeys.JOIN_GROUP,
                version,
                new JoinGroupRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(memberId)
                        .setGroupInstanceId(member.instanceId())
                        .setProtocolType(terms.protocolType())
                        .setSessionTimeoutMs(plan.sessionTimeoutMs())
                        .setRebalanceTimeoutMs(plan.rebalanceTimeoutMs())
                        .setProtocols(protocols));
        return "asks to join as " + nameOf(memberId) + " v" + version + " " + terms.protocols();
    }

    /** A member that does not know its id yet would be a ghost, for which everyone waits. */
    private static String hangUp(ClassicMember member) {
        boolean isKnown = member.instanceId() != null || !member.id().isEmpty();
        if (!member.waits() || !isKnown) return "";
        member.hangUp();
        return "hangs up";
    }

    // ---- SyncGroup ----

    /** @param variant 0 a member is left out, 2 another protocol, 3 no protocol, 4 a version that names none */
    private String sync(ClassicMember member, int generation, int variant) {
        var request = new SyncGroupRequestData()
                .setGroupId(plan.group())
                .setMemberId(member.id())
                .setGroupInstanceId(member.instanceId())
                .setGenerationId(generation);
        if (variant % 5 != 4) {
            request.setProtocolType(variant % 5 == 3 ? null : plan.protocolType())
                    .setProtocolName(variant % 5 == 2 ? "roundrobin" : "range");
        }
        List<String> led = member.led();
        for (String each : variant % 5 == 0 && !led.isEmpty() ? led.subList(1, led.size()) : led) {
            request.assignments()
                    .add(new SyncGroupRequestAssignment()
                            .setMemberId(each)
                            .setAssignment(bytes(nameOf(each) + " in " + generation)));
        }
        member.ask(ApiKeys.SYNC_GROUP, variant % 5 == 4 ? 3 : 5, request);
        return "asks for its assignment";
    }

    // ---- what was waited for ----

    /** What members have been told since the last time, in no order. */
    List<String> listen() {
        var heard = new ArrayList<String>();
        for (Told told; (told = inbox.poll()) != null; ) {
            if (!told.isHeard()) continue;
            told.member().isAnswered();
            switch (told.response()) {
                case JoinGroupResponse join -> hear(told.member(), join.data(), heard);
                case SyncGroupResponse sync -> hear(told.member(), sync.data(), heard);
                default -> throw new AssertionError(told.response());
            }
        }
        return heard;
    }

    private void hear(ClassicMember member, JoinGroupResponseData data, List<String> heard) {
        Errors error = Errors.forCode(data.errorCode());
        if (error == Errors.NONE || error == Errors.MEMBER_ID_REQUIRED) names.put(data.memberId(), member.name());
        if (error == Errors.MEMBER_ID_REQUIRED) member.isGiven(data.memberId());
        if (error != Errors.NONE) {
            learn(member, error);
            heard.add(member.name() + " does not join: " + error + " id " + nameOf(data.memberId()) + " generation "
                    + data.generationId() + data.protocolType() + data.protocolName() + nameOf(data.leader()));
            return;
        }
        leader = nameOf(data.leader());
        boolean leads = data.leader().equals(data.memberId()) && !data.skipAssignment();
        // In an order that both brokers share: ids begin as their clients do.
        List<String> ids = data.members().stream()
                .map(JoinGroupResponseMember::memberId)
                .sorted()
                .toList();
        member.hasJoined(data.memberId(), data.generationId(), leads ? ids : List.of());
        heard.add(member.name() + " has joined generation " + data.generationId() + " " + data.protocolType() + " "
                + data.protocolName() + (data.skipAssignment() ? " and skips the assignment" : ""));
        if (!data.members().isEmpty()) roster = "the leader knows " + roster(data);
    }

    /** Those who have not heard yet that they joined have no name here, but their ids begin as their clients' do. */
    private static List<String> roster(JoinGroupResponseData data) {
        return data.members().stream()
                .map(each -> each.memberId().replaceFirst("-[0-9a-f]{8}-.*", "") + " " + each.groupInstanceId()
                        + " says " + Arrays.hashCode(each.metadata()))
                .sorted()
                .toList();
    }

    private void hear(ClassicMember member, SyncGroupResponseData data, List<String> heard) {
        Errors error = Errors.forCode(data.errorCode());
        if (error == Errors.NONE) member.hasSynced();
        else learn(member, error);
        heard.add(member.name() + " has '" + new String(data.assignment(), StandardCharsets.UTF_8) + "' " + error + " "
                + data.protocolType() + " " + data.protocolName());
    }

    private static void learn(ClassicMember member, Errors error) {
        switch (error) {
            case UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED -> member.isForgotten();
            case REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION -> member.mustJoinAgain();
            default -> {}
        }
    }

    // ---- Heartbeat, LeaveGroup ----

    private String beat(ClassicMember member, int generation) {
        HeartbeatResponse response = connection.ask(
                ApiKeys.HEARTBEAT,
                (short) 4,
                new HeartbeatRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(member.id())
                        .setGroupInstanceId(member.instanceId())
                        .setGenerationId(generation));
        Errors error = Errors.forCode(response.data().errorCode());
        if (!member.waits()) learn(member, error);
        return error.name();
    }

    private static MemberIdentity identity(ClassicMember member) {
        return new MemberIdentity().setMemberId(member.id()).setGroupInstanceId(member.instanceId());
    }

    private static MemberIdentity stranger(int variant) {
        return new MemberIdentity().setMemberId("stranger").setGroupInstanceId(variant % 2 == 0 ? null : "instance-b");
    }

    /** Apache Kafka never answers the SyncGroup of a member that leaves, or whose instance does; Heddle does. */
    private boolean mayLeave(ClassicMember member) {
        String instance = member.instanceId();
        return members.stream()
                .filter(each -> each == member || instance != null && instance.equals(each.instanceId()))
                .noneMatch(ClassicMember::waitsForItsAssignment);
    }

    private String leaveByInstance(ClassicMember member, int variant) {
        String instance = member.instanceId();
        if (instance == null || !mayLeave(member)) return "";
        return leave(variant, new MemberIdentity().setMemberId("").setGroupInstanceId(instance));
    }

    private String leave(int variant, MemberIdentity... leaving) {
        int version = leaving.length > 1 || leaving[0].groupInstanceId() != null ? 3 + variant % 3 : 2 + variant % 4;
        var request = new LeaveGroupRequestData().setGroupId(plan.group());
        if (version < 3) request.setMemberId(leaving[0].memberId());
        else request.setMembers(List.of(leaving));
        LeaveGroupResponse response = connection.ask(ApiKeys.LEAVE_GROUP, (short) version, request);
        return name(response.data().errorCode())
                + response.data().members().stream()
                        .map(each ->
                                nameOf(each.memberId()) + " " + each.groupInstanceId() + " " + name(each.errorCode()))
                        .toList();
    }

    // ---- offsets ----

    private String topic(int variant) {
        return variant % 11 == 10
                ? "nowhere"
                : plan.topics().get(variant % plan.topics().size());
    }

    private Offset offset(int variant) {
        String metadata = variant % 7 == 0 ? null : "m".repeat(variant % 7);
        return new Offset(
                topic(variant), variant % (PARTITIONS + 1), variant, isTooLong(variant) ? TOO_LONG : metadata);
    }

    private static boolean isTooLong(int variant) {
        return variant % 13 == 12;
    }

    private String commit(int variant, ClassicMember member, int generation) {
        return commit(variant, new Member(member.id(), member.instanceId(), generation));
    }

    /** A refused commit to a group that is not there leaves one in Apache Kafka, which cannot be seen. */
    private String commit(int variant, Member by) {
        if (isTooLong(variant) && describe(6).startsWith("GROUP_ID_NOT_FOUND")) return "";
        return requests.commit(2 + variant % 9, by, offset(variant));
    }

    private String fetch(int variant) {
        int version = 1 + variant % 10;
        if (version == 1 || variant % 3 == 0) return requests.fetch(version, topic(variant), variant % PARTITIONS);
        return requests.fetchAll(version, null, -1);
    }

    @Override
    public void close() {
        members.forEach(ClassicMember::close);
    }
}
