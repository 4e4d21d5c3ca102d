package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/** Some records of a batch were refused, and with them the whole batch (KIP-467). */
public final class InvalidRecordsException extends AnswerException {

    private final transient List<RecordError> recordErrors;

    InvalidRecordsException(Errors error, String message, List<RecordError> recordErrors) {
        super(error, message);
        this.recordErrors = List.copyOf(recordErrors);
    }

    /** Which records, and why; never empty. */
    public List<RecordError> recordErrors() {
        return recordErrors;
    }
}
