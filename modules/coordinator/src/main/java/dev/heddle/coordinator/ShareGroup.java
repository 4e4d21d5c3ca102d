package dev.heddle.coordinator;

import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareGroupRecords;
import dev.heddle.coordinator.share.ShareGroupState;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * A share group (KIP-932): what the log says of it, and what only this broker knows. Every method needs the group's lock,
 * but for {@link #state()} and {@link #stateLabel()}, which any thread may call.
 *
 * <p>What happens to it is decided in {@link ShareHeartbeats} and {@link ShareOffsets}, and written by {@link ShareTurn}.
 */
final class ShareGroup implements Membership {

    static final String TYPE = "share";

    private static final long NEVER_CHECKED = Long.MIN_VALUE;

    private final ShareGroupData data = new ShareGroupData();

    private final MembersDeadlines deadlines = new MembersDeadlines();

    /** Written under the group's lock; volatile for lists and gauges, which do not take it. */
    private volatile ShareGroupState state = ShareGroupState.EMPTY;

    private long topicsVersion = NEVER_CHECKED;

    ShareGroupData data() {
        return data;
    }

    ShareGroupState state() {
        return state;
    }

    /** Makes its state, as others see it, what it has become. */
    void refreshState() {
        state = data.size() == 0 ? ShareGroupState.EMPTY : ShareGroupState.STABLE;
    }

    @Override
    public void markDead(long nowMs) {
        state = ShareGroupState.DEAD;
    }

    @Override
    public List<SimpleRecord> toTombstones(String groupId, long nowMs) {
        return data.toTombstones().stream()
                .map(tombstone -> ShareGroupRecords.encode(groupId, tombstone, nowMs))
                .toList();
    }

    @Override
    public long earliestDeadline(GroupTimers timers) {
        return deadlines.earliest();
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String stateLabel() {
        return state.label();
    }

    @Override
    public String protocolType() {
        return TYPE;
    }

    @Override
    public boolean isEmpty() {
        return data.size() == 0;
    }

    /** It has no committed offsets: the share coordinator keeps what it has done. */
    @Override
    public boolean isSubscribedTo(String topic) {
        return false;
    }

    // ---- what only this broker knows ----

    /** The version of the metadata in which its topics were last looked at. */
    long topicsVersion() {
        return topicsVersion;
    }

    void lookedAtTopics(long version) {
        topicsVersion = version;
    }

    /** The deadlines of its members: of their sessions. */
    MembersDeadlines deadlines() {
        return deadlines;
    }
}
