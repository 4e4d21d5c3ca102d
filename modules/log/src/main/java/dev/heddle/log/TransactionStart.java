package dev.heddle.log;

/**
 * A transaction that is about to write to a partition for the first time. Immutable.
 *
 * @param firstSequence of the records that are to be appended; -1 if they have none
 * @param bumpsEpochs whether the producer has an epoch for each transaction (KIP-890, transaction version 2)
 */
public record TransactionStart(long producerId, short producerEpoch, int firstSequence, boolean bumpsEpochs) {}
