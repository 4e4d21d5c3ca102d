package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import org.apache.kafka.common.protocol.Errors;

/** What members are told when the coordinator does not take or give the state. Any thread may call it. */
final class StateErrors {

    private StateErrors() {}

    /** The exception for what the coordinator refuses with. */
    static AnswerException translated(AnswerException refusal) {
        return new AnswerException(shown(refusal.error()), String.valueOf(refusal.getMessage()));
    }

    private static Errors shown(Errors error) {
        return switch (error) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS ->
                Errors.COORDINATOR_NOT_AVAILABLE;
            case GROUP_ID_NOT_FOUND, UNKNOWN_TOPIC_OR_PARTITION -> error;
            case FENCED_LEADER_EPOCH, FENCED_STATE_EPOCH -> Errors.NOT_LEADER_OR_FOLLOWER;
            default -> Errors.UNKNOWN_SERVER_ERROR;
        };
    }

    /** Whether the state is another one now, or gone: whoever believed in it must read it anew. */
    static boolean isFenced(AnswerException refusal) {
        return switch (refusal.error()) {
            case FENCED_LEADER_EPOCH,
                    FENCED_STATE_EPOCH,
                    GROUP_ID_NOT_FOUND,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    INVALID_REQUEST -> true;
            default -> false;
        };
    }
}
