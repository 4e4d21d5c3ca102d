package dev.heddle.coordinator;

import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsGroupState;
import dev.heddle.coordinator.streams.StreamsRecords;
import dev.heddle.coordinator.streams.Topology;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * A group of the streams protocol (KIP-1071): what the log says of it, and what only this broker knows. Every method needs
 * the group's lock, but for {@link #state()} and {@link #stateLabel()}, which any thread may call.
 *
 * <p>What happens to it is decided in {@link StreamsHeartbeats} and {@link StreamsFencing}, and written by
 * {@link StreamsTurn}.
 */
final class StreamsGroup implements Membership {

    static final String TYPE = "streams";

    private static final long NEVER_CHECKED = Long.MIN_VALUE;

    private final StreamsData data = new StreamsData();
    private final MembersDeadlines deadlines = new MembersDeadlines();

    /** Written under the group's lock; volatile for lists and gauges, which do not take it. */
    private volatile StreamsGroupState state = StreamsGroupState.EMPTY;

    private long topicsVersion = NEVER_CHECKED;
    private long firstAssignment = Deadlines.NEVER;
    private int endpointEpoch;

    private @Nullable ConfiguredTopology topology;
    private @Nullable String shutdownRequester;

    StreamsData data() {
        return data;
    }

    StreamsGroupState state() {
        return state;
    }

    /** Makes its state, as others see it, what it has become. */
    void refreshState() {
        state = data.state();
        if (state == StreamsGroupState.EMPTY) shutdownRequester = null;
    }

    @Override
    public void markDead(long nowMs) {
        state = StreamsGroupState.DEAD;
    }

    @Override
    public List<SimpleRecord> toTombstones(String groupId, long nowMs) {
        return data.toTombstones().stream()
                .map(tombstone -> StreamsRecords.encode(groupId, tombstone, nowMs))
                .toList();
    }

    @Override
    public long earliestDeadline(GroupTimers timers) {
        return Deadlines.earlier(firstAssignment, deadlines.earliest());
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

    @Override
    public boolean isSubscribedTo(String topic) {
        Topology current = data.topology();
        return !isEmpty() && current != null && current.readerOf(topic) != null;
    }

    // ---- what only this broker knows ----

    /** The topology as it was found when topics were last looked at; null before that. */
    @Nullable ConfiguredTopology topology() {
        return topology;
    }

    /** The version of the metadata in which its topics were last looked at. */
    long topicsVersion() {
        return topicsVersion;
    }

    void lookedAtTopics(long version, ConfiguredTopology found) {
        topicsVersion = version;
        topology = found;
    }

    /** Until when the first assignment waits for further members; {@link Deadlines#NEVER} if it does not. */
    long firstAssignment() {
        return firstAssignment;
    }

    void setFirstAssignment(long deadlineNanos) {
        firstAssignment = deadlineNanos;
    }

    /** Grows when what members tell of each other's endpoints changes. */
    int endpointEpoch() {
        return endpointEpoch;
    }

    void endpointsChanged() {
        endpointEpoch++;
    }

    /** The member that was first to ask for the end of the application; null as long as none has. */
    @Nullable String shutdownRequester() {
        return shutdownRequester;
    }

    void requestShutdown(String memberId) {
        if (shutdownRequester == null) shutdownRequester = memberId;
    }

    /** The deadlines of its members. */
    MembersDeadlines deadlines() {
        return deadlines;
    }
}
