package dev.heddle.log;

/**
 * A producer whose state the log keeps, as DescribeProducers shows it.
 *
 * @param producerId the producer's id
 * @param producerEpoch its epoch
 * @param lastSequence sequence number of its last record, -1 if none
 * @param lastTimestampMs timestamp of its last batch
 * @param coordinatorEpoch epoch of the transaction coordinator that wrote its last marker, -1 if none
 * @param currentTxnStartOffset where its open transaction begins, -1 if none is open
 */
public record ActiveProducer(
        long producerId,
        short producerEpoch,
        int lastSequence,
        long lastTimestampMs,
        int coordinatorEpoch,
        long currentTxnStartOffset) {}
