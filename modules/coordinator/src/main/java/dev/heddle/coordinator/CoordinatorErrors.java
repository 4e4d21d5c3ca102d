package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.StopBrokerException;
import org.apache.kafka.common.protocol.Errors;

/**
 * Translates what went wrong below the coordinator into what its clients understand. Any thread may call it.
 */
final class CoordinatorErrors {

    private CoordinatorErrors() {}

    /** The error code to answer with. */
    static Errors of(HeddleException failure) {
        return switch (failure) {
            case AnswerException answer -> translate(answer.error());
            case DirectoryOfflineException offline -> Errors.NOT_COORDINATOR;
            case CloseConnectionException close -> throw close;
            case StopBrokerException stop -> throw stop;
        };
    }

    private static Errors translate(Errors error) {
        return switch (error) {
            case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT ->
                Errors.COORDINATOR_NOT_AVAILABLE;
            case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> Errors.NOT_COORDINATOR;
            // The transaction's coordinator did not answer: older clients retry this one without looking it up again.
            case NETWORK_EXCEPTION -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_FETCH_SIZE -> Errors.UNKNOWN_SERVER_ERROR;
            default -> error;
        };
    }
}
