package dev.heddle.log;

/**
 * How long producers are remembered.
 *
 * @param producerIdExpirationMs after its last write a producer without an open transaction is forgotten
 * @param maxTransactionTimeoutMs what transactions may last; longer ones are counted as late
 */
record ProducerStateConfig(int producerIdExpirationMs, int maxTransactionTimeoutMs) {}
