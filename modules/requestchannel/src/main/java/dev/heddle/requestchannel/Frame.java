package dev.heddle.requestchannel;

import java.nio.ByteBuffer;

/**
 * One request as it arrived.
 *
 * @param payload what follows the length prefix; a view of {@code memory}, for this request alone
 * @param memory the buffer the payload lies in; the frame stands for one reference to it
 * @param arrivalNanos when it was complete, as {@link dev.heddle.common.Time#nanoseconds()}
 */
public record Frame(ByteBuffer payload, PooledBuffer memory, long arrivalNanos) {}
