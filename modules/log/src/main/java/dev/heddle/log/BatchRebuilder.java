package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;

/**
 * Writes a batch anew: with another codec, or with the offsets its records should have had. Stateless; any thread may
 * call it, preferably one of the {@link CpuPool}.
 */
final class BatchRebuilder {

    /** Decompressed, a batch may be this large; or this many times {@code max.message.bytes}, where that is more. */
    private static final long MAX_UNCOMPRESSED_BYTES = 64L << 20;

    private static final long MAX_UNCOMPRESSED_FACTOR = 16;

    private BatchRebuilder() {}

    /**
     * Rebuilds {@code batch} with base offset 0.
     *
     * @param uncompressedBytes its size without compression, known from a walk over its records: protects from batches
     *     that unpack to more than there is memory
     */
    static MemoryRecords rebuild(
            MutableRecordBatch batch,
            ValidationRules rules,
            Compression target,
            long uncompressedBytes,
            long nowMs,
            BufferSupplier buffers) {
        long limit = target.type() == CompressionType.NONE
                ? rules.maxMessageBytes()
                : Math.max(MAX_UNCOMPRESSED_BYTES, rules.maxMessageBytes() * MAX_UNCOMPRESSED_FACTOR);
        if (uncompressedBytes > limit) throw tooLarge(uncompressedBytes, limit);
        var buffer = ByteBuffer.allocate(estimateSize(batch, target, uncompressedBytes));
        try (MemoryRecordsBuilder builder = MemoryRecords.builder(
                buffer,
                RecordBatch.CURRENT_MAGIC_VALUE,
                target,
                rules.timestampType(),
                0L,
                nowMs,
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.isTransactional(),
                batch.isControlBatch(),
                RecordBatch.NO_PARTITION_LEADER_EPOCH)) {
            copyRecords(batch, builder, buffers);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new AnswerException(Errors.INVALID_RECORD, "A record cannot be stored: " + e.getMessage());
        }
    }

    private static void copyRecords(MutableRecordBatch batch, MemoryRecordsBuilder builder, BufferSupplier buffers) {
        long offset = 0;
        try (var records = batch.streamingIterator(buffers)) {
            while (records.hasNext()) builder.appendWithOffset(offset++, records.next());
        }
    }

    private static int estimateSize(MutableRecordBatch batch, Compression target, long uncompressedBytes) {
        return switch (target.type()) {
            case NONE -> (int) uncompressedBytes;
            case GZIP, SNAPPY, LZ4, ZSTD -> Math.clamp(uncompressedBytes / 2, 1024, 1 << 20);
        };
    }

    private static AnswerException tooLarge(long size, long limit) {
        return new AnswerException(
                Errors.MESSAGE_TOO_LARGE,
                "The batch takes " + size
                        + " bytes without compression; to store it with the topic's compression.type, " + limit
                        + " are allowed.");
    }
}
