package dev.heddle.log;

/**
 * Stands for one verification that a transaction is open (KIP-890): begun before the transaction's coordinator is asked,
 * and shown to the log with the records. A marker that comes in between makes it worthless. Immutable; equal to nothing
 * but itself.
 */
public final class VerificationGuard {

    VerificationGuard() {}
}
