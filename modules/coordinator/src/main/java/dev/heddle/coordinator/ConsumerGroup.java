package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecords;
import dev.heddle.coordinator.consumer.ConsumerGroupState;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * A group of the consumer protocol (KIP-848): what the log says of it, and what only this broker knows. Every method
 * needs the group's lock, but for {@link #state()} and {@link #stateLabel()}, which any thread may call.
 *
 * <p>What happens to it is decided in {@link ConsumerHeartbeats}, {@link ClassicMembers}, {@link Fencing} and
 * {@link Conversion}, and written by {@link ConsumerTurn}.
 */
final class ConsumerGroup implements Membership {

    static final String TYPE = "consumer";

    private static final long NEVER_CHECKED = Long.MIN_VALUE;

    private final ConsumerGroupData data;
    private final MembersDeadlines deadlines = new MembersDeadlines();

    /** Written under the group's lock; volatile for lists and gauges, which do not take it. */
    private volatile ConsumerGroupState state = ConsumerGroupState.EMPTY;

    private long topicsVersion = NEVER_CHECKED;
    private boolean resolvingRegexes;

    ConsumerGroup() {
        this(new ConsumerGroupData());
    }

    ConsumerGroup(ConsumerGroupData data) {
        this.data = data;
    }

    ConsumerGroupData data() {
        return data;
    }

    ConsumerGroupState state() {
        return state;
    }

    /** Makes its state, as others see it, what it has become. */
    void refreshState() {
        state = data.state();
    }

    @Override
    public void markDead(long nowMs) {
        state = ConsumerGroupState.DEAD;
    }

    @Override
    public List<SimpleRecord> toTombstones(String groupId, long nowMs) {
        return data.toTombstones(Map.of()).stream()
                .map(tombstone -> ConsumerGroupRecords.encode(groupId, tombstone, nowMs))
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
        return ConsumerProtocol.PROTOCOL_TYPE;
    }

    @Override
    public boolean isEmpty() {
        return data.size() == 0;
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return data.subscriptions().topics().contains(topic);
    }

    // ---- what only this broker knows ----

    /** The version of the metadata in which its topics were last looked at. */
    long topicsVersion() {
        return topicsVersion;
    }

    void lookedAtTopics(long version) {
        topicsVersion = version;
    }

    /** Whether its regular expressions are being looked up. */
    boolean isResolvingRegexes() {
        return resolvingRegexes;
    }

    void setResolvingRegexes(boolean resolving) {
        resolvingRegexes = resolving;
    }

    /** The deadlines of its members. */
    MembersDeadlines deadlines() {
        return deadlines;
    }

    /** The deadlines of a member. */
    MemberDeadlines deadlines(String memberId) {
        return deadlines.of(memberId);
    }

    /** Forgets the deadlines of those who are members no more. */
    void forgetDeadlinesOfOthers() {
        deadlines.keepOnly(data.size(), data::hasMember);
    }
}
