package dev.heddle.log;

import dev.heddle.common.AnswerException;
import org.apache.kafka.common.protocol.Errors;

/** A follower was given records that begin before its log end offset. */
public final class UnexpectedAppendOffsetException extends AnswerException {

    private final long firstOffset;
    private final long lastOffset;

    UnexpectedAppendOffsetException(String message, long firstOffset, long lastOffset) {
        super(Errors.UNKNOWN_SERVER_ERROR, message);
        this.firstOffset = firstOffset;
        this.lastOffset = lastOffset;
    }

    /** The first offset of what was to be appended. */
    public long firstOffset() {
        return firstOffset;
    }

    /** The last offset of what was to be appended. */
    public long lastOffset() {
        return lastOffset;
    }
}
