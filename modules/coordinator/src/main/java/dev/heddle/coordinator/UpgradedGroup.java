package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ClassicProtocol;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import dev.heddle.coordinator.consumer.MemberProfile;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.jspecify.annotations.Nullable;

/**
 * A classic group of consumers, as the consumer group that it is to become: its members have what their leader has
 * assigned to them, in the epoch of their generation. Needs the group's lock.
 */
final class UpgradedGroup {

    private UpgradedGroup() {}

    /** @throws AnswerException if its members say to each other what we cannot read, or what would be lost */
    static ConsumerGroupData of(String groupId, ClassicGroup classic, TopicCatalog catalog) {
        String protocol = classic.protocolName();
        if (protocol == null) throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
        try {
            var data = new ConsumerGroupData();
            int epoch = classic.generationId();
            data.apply(new ConsumerGroupRecord.TargetEpoch(epoch, 0));
            for (Member member : classic.members()) add(data, classic, member, catalog);
            long hash = MetadataHash.of(data.subscriptions().topics(), catalog);
            data.apply(new ConsumerGroupRecord.Epoch(epoch, hash));
            return data;
        } catch (SchemaException e) {
            throw refused(groupId, "the embedded consumer protocol is malformed");
        }
    }

    private static AnswerException refused(String groupId, String reason) {
        return new AnswerException(
                Errors.GROUP_ID_NOT_FOUND,
                "Cannot upgrade classic group " + groupId + " to consumer group because " + reason + ".");
    }

    private static void add(ConsumerGroupData data, ClassicGroup classic, Member member, TopicCatalog catalog) {
        int epoch = classic.generationId();
        Map<Uuid, Set<Integer>> partitions = partitions(member, catalog);
        data.apply(new ConsumerGroupRecord.Member(member.id(), profile(member, classic)));
        data.apply(new ConsumerGroupRecord.Target(member.id(), partitions));
        data.apply(new ConsumerGroupRecord.Current(member.id(), CurrentAssignment.stable(epoch, partitions)));
    }

    private static Map<Uuid, Set<Integer>> partitions(Member member, TopicCatalog catalog) {
        // A member that has joined and not synced yet has none.
        if (member.assignment().length == 0) return Map.of();
        var assignment = EmbeddedProtocol.assignment(member.assignment());
        if (assignment.userData() != null && assignment.userData().hasRemaining()) {
            throw refused(member.id(), "an unsupported custom assignor is in use");
        }
        return EmbeddedProtocol.partitions(assignment, catalog);
    }

    private static MemberProfile profile(Member member, ClassicGroup classic) {
        var subscription = EmbeddedProtocol.subscription(classic.metadataOf(member));
        var protocols = member.protocols().stream()
                .map(protocol -> new ClassicProtocol(protocol.name(), protocol.metadata()))
                .toList();
        return new MemberProfile(
                new MemberProfile.Origin(
                        member.instanceId(),
                        emptyAsNull(subscription.rackId()),
                        member.clientId(),
                        member.clientHost()),
                new MemberProfile.Subscription(new HashSet<>(subscription.topics()), "", null),
                member.rebalanceTimeoutMs(),
                new MemberProfile.ClassicTerms(member.sessionTimeoutMs(), protocols));
    }

    static @Nullable String emptyAsNull(@Nullable String value) {
        return value == null || value.isEmpty() ? null : value;
    }
}
