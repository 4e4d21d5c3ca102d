package dev.heddle.coordinator;

import dev.heddle.common.Time;

/**
 * What the parts of the transaction coordinator share. Immutable; any thread may read it.
 *
 * @param completion sees transactions through whose end is decided
 */
record TransactionContext(
        TransactionConfig config,
        Time time,
        TransactionFeatures features,
        TransactionCompletion completion,
        TransactionMetrics metrics) {}
