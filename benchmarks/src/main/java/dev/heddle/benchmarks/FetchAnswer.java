package dev.heddle.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * The answer to a {@link FetchFrame}, read without making objects of it. Stateless.
 *
 * <pre>
 * correlation id, tags | throttle | error | session | topics: name, partitions:
 *   index | error | high watermark | last stable offset | log start offset | aborted transactions | replica | records
 * </pre>
 */
final class FetchAnswer {

    private static final int OFFSETS_BYTES = 3 * Long.BYTES;

    private static final int BATCH_LENGTH = 8;
    private static final int BATCH_LAST_OFFSET_DELTA = 23;
    private static final int BATCH_HEAD_BYTES = 12;

    private FetchAnswer() {}

    /** @return its records; empty if there is nothing new */
    static ByteBuffer records(ByteBuffer answer) {
        answer.getInt();
        skipTags(answer);
        answer.getInt();
        requireNone(answer.getShort());
        answer.getInt();
        if (ByteUtils.readUnsignedVarint(answer) <= 1) return ByteBuffer.allocate(0);
        int nameBytes = ByteUtils.readUnsignedVarint(answer) - 1;
        answer.position(answer.position() + nameBytes);
        ByteUtils.readUnsignedVarint(answer);
        answer.getInt();
        requireNone(answer.getShort());
        answer.position(answer.position() + OFFSETS_BYTES);
        if (ByteUtils.readUnsignedVarint(answer) > 1) throw new IllegalStateException("There are no transactions here");
        answer.getInt();
        int size = Math.max(0, ByteUtils.readUnsignedVarint(answer) - 1);
        return answer.slice(answer.position(), size);
    }

    private static void skipTags(ByteBuffer answer) {
        if (ByteUtils.readUnsignedVarint(answer) != 0) throw new IllegalStateException("Unknown tags in an answer");
    }

    private static void requireNone(short code) {
        Errors error = Errors.forCode(code);
        if (error != Errors.NONE) throw new UncheckedIOException(new IOException("A fetch was refused: " + error));
    }

    /** Whether there is a batch at the position of {@code records}, and all of it. */
    static boolean hasBatch(ByteBuffer records) {
        return records.remaining() >= BATCH_HEAD_BYTES && records.remaining() >= batchBytes(records);
    }

    /** Goes behind the batch at the position; returns the offset that follows it. */
    static long nextBatch(ByteBuffer records) {
        int at = records.position();
        long next = records.getLong(at) + records.getInt(at + BATCH_LAST_OFFSET_DELTA) + 1;
        records.position(at + batchBytes(records));
        return next;
    }

    private static int batchBytes(ByteBuffer records) {
        return BATCH_HEAD_BYTES + records.getInt(records.position() + BATCH_LENGTH);
    }
}
