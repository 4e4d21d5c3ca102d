package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.share.ShareGroupRecords;
import dev.heddle.coordinator.share.StatePartitions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** One change of a share group in the making. One thread uses it, once, under the group's lock. */
final class ShareTurn extends GroupTurn<ShareGroupRecord> {

    private final ShareGroup share;

    private ShareTurn(Group group, ShareGroup share, TopicCatalog catalog, long nowMs) {
        super(group, catalog, nowMs);
        this.share = share;
    }

    static ShareTurn of(Group group, ShareGroup share, ShareContext context) {
        return new ShareTurn(
                group, share, context.topics().catalog(), context.time().milliseconds());
    }

    /** @throws AnswerException unless it is a share group */
    static ShareTurn of(Group group, ShareContext context) {
        return of(group, require(group), context);
    }

    /**
     * A turn of a group that may have just come to be.
     *
     * @throws AnswerException if it is a group of another protocol
     */
    static ShareTurn ofNew(Group group, ShareContext context) {
        return of(group, group.isUnused() ? new ShareGroup() : require(group), context);
    }

    /** @throws AnswerException unless it is a share group */
    static ShareGroup require(Group group) {
        if (group.membership() instanceof ShareGroup share) return share;
        throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + group.id() + " is not a share group.");
    }

    ShareGroup share() {
        return share;
    }

    ShareGroupData data() {
        return share.data();
    }

    /** Of which partitions the group's state is kept from now on. */
    void addStates(StatePartitions states) {
        Map<Uuid, String> deletingNames = new HashMap<>();
        for (Uuid id : states.deleting()) {
            TopicCatalog.Topic topic = catalog().topic(id);
            if (topic != null) deletingNames.put(id, topic.name());
        }
        add(new ShareGroupRecord.States(states, deletingNames));
    }

    @Override
    SimpleRecord encoded(ShareGroupRecord record) {
        return ShareGroupRecords.encode(group().id(), record, nowMs());
    }

    @Override
    void apply(List<ShareGroupRecord> written) {
        written.forEach(data()::apply);
        share.deadlines().keepOnly(data().size(), id -> data().member(id) != null);
        share.refreshState();
        if (group().membership() != share) group().setMembership(share);
    }
}
