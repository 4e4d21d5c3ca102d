package dev.heddle.coordinator;

import dev.heddle.common.Time;

/**
 * What the parts share that deal with share groups. Immutable; any thread may read it.
 *
 * @param settings what holds for a group
 * @param topics the topics that there are
 * @param changes when they have changed
 */
record ShareContext(
        ShareGroupConfig config,
        ShareGroupSettings settings,
        Topics topics,
        TopicChanges changes,
        GroupMetrics metrics,
        Time time) {}
