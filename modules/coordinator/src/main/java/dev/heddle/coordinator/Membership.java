package dev.heddle.coordinator;

import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The members of a group, by the protocol that they follow. Every method needs the group's lock, but for
 * {@link #type()}, {@link #stateLabel()} and {@link #protocolType()}, which any thread may call.
 */
sealed interface Membership permits ClassicGroup, ConsumerGroup, ShareGroup, StreamsGroup {

    /** The group's type, as clients see it. */
    String type();

    /** The group's state, as clients see it. */
    String stateLabel();

    /** What its members are for; null before the first. */
    @Nullable String protocolType();

    /** Whether it is in its state without members. */
    boolean isEmpty();

    /** Whether offsets of the topic are in use. */
    boolean isSubscribedTo(String topic);

    /** The records that take it out of the log, when it is empty. */
    List<SimpleRecord> toTombstones(String groupId, long nowMs);

    /** It is no more, or not here. */
    void markDead(long nowMs);

    /** When something is to happen to it that nobody asks for; {@link Deadlines#NEVER} if nothing is. */
    long earliestDeadline(GroupTimers timers);
}
