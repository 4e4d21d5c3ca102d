package dev.heddle.coordinator;

import org.apache.kafka.common.protocol.Errors;

/** What is to become of a transactional id that somebody wants something of. Immutable. */
sealed interface TransactionDecision {

    /** Nothing: the client is told why. */
    record Refuse(Errors error) implements TransactionDecision {}

    /** Nothing: it is so already. */
    record Keep() implements TransactionDecision {}

    /** The next step is taken, once it is in the log. */
    record Move(TransactionMetadata next) implements TransactionDecision {}

    /** The epochs are used up: nothing is decided before there is another producer id. */
    record NeedProducerId() implements TransactionDecision {}

    static TransactionDecision refuse(Errors error) {
        return new Refuse(error);
    }
}
