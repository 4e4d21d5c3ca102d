package dev.heddle.coordinator;

import dev.heddle.common.Time;

/**
 * What the parts of the group coordinator share. Immutable; any thread may read it.
 */
record CoordinatorContext(GroupCoordinatorConfig config, Time time, Expiry expiry, GroupMetrics metrics) {}
