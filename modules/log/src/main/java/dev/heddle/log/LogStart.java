package dev.heddle.log;

import dev.heddle.common.AnswerException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Moves the log start offset up. Whoever calls it holds the log's lock. */
final class LogStart {

    private static final Logger LOG = LoggerFactory.getLogger(LogStart.class);

    private final LogState state;

    LogStart(LogState state) {
        this.state = state;
    }

    /**
     * Raises the log start offset, never lowers it.
     *
     * @throws AnswerException OFFSET_OUT_OF_RANGE if the offset is beyond the high watermark
     */
    void raise(long offset) {
        long highWatermark = state.highWatermark().offset();
        if (offset > highWatermark) {
            throw new AnswerException(
                    Errors.OFFSET_OUT_OF_RANGE,
                    "Cannot increment the log start offset to " + offset + " of partition " + state.partition()
                            + " since it is larger than the high watermark " + highWatermark);
        }
        if (offset <= state.logStartOffset()) return;
        LOG.info("Raising the log start offset: partition={} offset={}", state.partition(), offset);
        state.publishLogStartOffset(offset);
        state.epochs().truncateFromStart(offset);
        state.producers().onLogStartOffsetIncremented(offset);
        state.refreshFirstUnstableOffset();
    }
}
