package dev.heddle.coordinator;

/** Which features are in force. Any thread may ask. */
@FunctionalInterface
interface TransactionFeatures {

    /** The level of {@code transaction.version}: 1 for flexible records, 2 for an epoch per transaction (KIP-890). */
    short transactionVersion();
}
