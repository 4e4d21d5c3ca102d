package dev.heddle.coordinator;

import dev.heddle.common.Time;

/**
 * What the parts share that deal with streams groups. Immutable; any thread may read it.
 *
 * @param settings what holds for a group
 * @param topics the topics that there are
 * @param changes when they have changed
 */
record StreamsContext(
        StreamsGroupConfig config,
        StreamsGroupSettings settings,
        Topics topics,
        TopicChanges changes,
        GroupMetrics metrics,
        Time time) {

    /** Begins a change of the group. */
    StreamsTurn turn(Group group, StreamsGroup streams) {
        return new StreamsTurn(group, streams, topics.catalog(), time.milliseconds());
    }
}
