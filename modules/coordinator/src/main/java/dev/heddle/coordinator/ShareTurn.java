package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.share.ShareGroupRecords;
import dev.heddle.coordinator.share.StatePartitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * One change of a share group in the making: what is to be written, and what is to be done once it has been. One thread
 * uses it, once, under the group's lock; until {@link #write} the group is as it was.
 */
final class ShareTurn {

    private final Group group;
    private final ShareGroup share;
    private final TopicCatalog catalog;
    private final long nowMs;
    private final List<ShareGroupRecord> records = new ArrayList<>();
    private final List<Runnable> afterwards = new ArrayList<>();

    private ShareTurn(Group group, ShareGroup share, TopicCatalog catalog, long nowMs) {
        this.group = group;
        this.share = share;
        this.catalog = catalog;
        this.nowMs = nowMs;
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

    Group group() {
        return group;
    }

    ShareGroup share() {
        return share;
    }

    ShareGroupData data() {
        return share.data();
    }

    /** The topics as they are for this turn. */
    TopicCatalog catalog() {
        return catalog;
    }

    long nowMs() {
        return nowMs;
    }

    /** A record to write, and then to apply. */
    void add(ShareGroupRecord record) {
        records.add(record);
    }

    /** Of which partitions the group's state is kept from now on. */
    void addStates(StatePartitions states) {
        Map<Uuid, String> deletingNames = new HashMap<>();
        for (Uuid id : states.deleting()) {
            TopicCatalog.Topic topic = catalog.topic(id);
            if (topic != null) deletingNames.put(id, topic.name());
        }
        add(new ShareGroupRecord.States(states, deletingNames));
    }

    /** Something to do once it has been written. */
    void afterwards(Runnable action) {
        afterwards.add(action);
    }

    /**
     * Writes it, and makes it so.
     *
     * @return up to where the log must be committed for that
     * @throws dev.heddle.common.HeddleException if the log does not take it; then nothing has changed
     */
    long write() {
        if (!records.isEmpty()) {
            group.partition()
                    .appendInBatches(
                            group,
                            records.stream()
                                    .map(record -> ShareGroupRecords.encode(group.id(), record, nowMs))
                                    .toList());
            records.forEach(data()::apply);
            share.deadlines().keepOnly(data().size(), id -> data().member(id) != null);
            share.refreshState();
            if (group.membership() != share) group.setMembership(share);
        }
        afterwards.forEach(Runnable::run);
        return group.lastEndOffset();
    }
}
