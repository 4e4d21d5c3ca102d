package dev.heddle.log;

import dev.heddle.common.AnswerException;
import org.apache.kafka.common.protocol.Errors;

/**
 * A log directory is full: what was asked for is refused with {@code KAFKA_STORAGE_ERROR}, which clients try again, and
 * nothing of it is left. The directory stays online: reads go on, and so do writes as soon as there is room.
 */
public final class NoRoomException extends AnswerException {

    /** @param message goes to the client where the response has room for it */
    public NoRoomException(String message) {
        super(Errors.KAFKA_STORAGE_ERROR, message);
    }
}
