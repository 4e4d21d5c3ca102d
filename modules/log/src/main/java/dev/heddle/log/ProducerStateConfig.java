package dev.heddle.log;

/**
 * How long producers are remembered.
 *
 * @param producerIdExpirationMs after its last write a producer without an open transaction is forgotten
 * @param maxTransactionTimeoutMs what transactions may last; longer ones are counted as late
 * @param verifyTransactions whether records of a transaction need its coordinator's word that it is open
 */
record ProducerStateConfig(int producerIdExpirationMs, int maxTransactionTimeoutMs, boolean verifyTransactions) {}
