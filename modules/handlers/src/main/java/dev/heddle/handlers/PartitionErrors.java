package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one partition of a request is answered with when its part fails. Any thread may call it. */
final class PartitionErrors {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionErrors.class);

    private PartitionErrors() {}

    /** The error code; a failure that nobody provided for is logged, for it is ours. */
    static Errors of(TopicPartition topicPartition, RuntimeException failure) {
        if (failure instanceof AnswerException answer) return answer.error();
        if (failure instanceof DirectoryOfflineException) return Errors.KAFKA_STORAGE_ERROR;
        if (failure instanceof ApiException) return Errors.forException(failure);
        LOG.error("A request failed on a partition: partition={}", topicPartition, failure);
        return Errors.UNKNOWN_SERVER_ERROR;
    }

    /** What there is to say beyond the code's own message, or null. */
    static @Nullable String detailOf(RuntimeException failure, Errors error) {
        boolean known = failure instanceof AnswerException || failure instanceof ApiException;
        String message = failure.getMessage();
        return !known || message == null || message.equals(error.message()) ? null : message;
    }
}
