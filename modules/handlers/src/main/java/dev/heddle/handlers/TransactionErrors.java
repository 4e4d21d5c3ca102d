package dev.heddle.handlers;

import org.apache.kafka.common.protocol.Errors;

/** How errors of transactions are told to clients of older versions. Stateless, so any thread may call it. */
final class TransactionErrors {

    /** First version of AddPartitionsToTxn, AddOffsetsToTxn and EndTxn whose clients know PRODUCER_FENCED (KIP-588). */
    private static final short FIRST_WITH_PRODUCER_FENCED = 2;

    private TransactionErrors() {}

    /** The error as a client of that version understands it. */
    static Errors forClient(Errors error, short version) {
        boolean isUnknown = error == Errors.PRODUCER_FENCED && version < FIRST_WITH_PRODUCER_FENCED;
        return isUnknown ? Errors.INVALID_PRODUCER_EPOCH : error;
    }
}
