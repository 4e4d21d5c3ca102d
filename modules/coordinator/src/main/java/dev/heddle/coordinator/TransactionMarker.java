package dev.heddle.coordinator;

import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;

/**
 * The end of a producer's transaction, as it is written to every partition that belongs to it. Immutable.
 *
 * @param coordinatorEpoch the leader epoch of the coordinator's partition, so that a former coordinator is turned away
 * @param transactionVersion under which the transaction ends: from 2 on the epoch is above that of its records
 */
public record TransactionMarker(
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        TransactionResult result,
        short transactionVersion) {

    boolean commits() {
        return result == TransactionResult.COMMIT;
    }

    /** The batch that says so. */
    MemoryRecords toRecords(long nowMs) {
        ControlRecordType type = commits() ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        return MemoryRecords.withEndTransactionMarker(
                0,
                nowMs,
                RecordBatch.NO_PARTITION_LEADER_EPOCH,
                producerId,
                producerEpoch,
                new EndTransactionMarker(type, coordinatorEpoch));
    }
}
