package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From exceptions to what a client is told for one topic or resource. Stateless: any thread may call it. */
final class Refusal {

    private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);

    private Refusal() {}

    /**
     * The error that says why something was refused. An exception that nobody throws on purpose is logged.
     *
     * @param configError what a {@link ConfigException} becomes
     */
    static ApiError of(RuntimeException e, Errors configError) {
        return switch (e) {
            case AnswerException answer -> new ApiError(answer.error(), answer.getMessage());
            case ConfigException config -> new ApiError(configError, config.getMessage());
            case ApiException api -> ApiError.fromThrowable(api);
            default -> {
                LOG.error("A change of the metadata failed in an unexpected way", e);
                yield ApiError.fromThrowable(e);
            }
        };
    }
}
