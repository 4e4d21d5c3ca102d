package dev.heddle.coordinator.delivery;

/**
 * Who acquires records, and how. Immutable.
 *
 * @param recordLimit never more records than asked for, even if that divides a batch (KIP-1206)
 * @param batchSize how many records the member likes to answer for together
 */
public record ShareReader(String memberId, boolean recordLimit, int batchSize) {}
