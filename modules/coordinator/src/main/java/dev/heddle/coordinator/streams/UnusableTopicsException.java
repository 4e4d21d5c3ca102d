package dev.heddle.coordinator.streams;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.streams.ConfiguredTopology.Problem;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;

/** The topics that there are do not allow the application to run; its members are told by a status, not by an error. */
final class UnusableTopicsException extends AnswerException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    UnusableTopicsException(Status status, String detail) {
        super(Errors.STREAMS_INVALID_TOPOLOGY, detail);
        this.problem = new Problem(status, detail);
    }

    Problem problem() {
        return problem;
    }
}
