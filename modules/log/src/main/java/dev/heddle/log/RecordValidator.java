package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a leader is asked to append, and gives it the form in which the topic stores it. Any thread may call it;
 * it takes no lock, so the work is done before the log's lock is taken.
 *
 * <p>For maintainers: the bytes stay in the buffer they came in. Records that are not compressed are walked in place,
 * compressed ones through a decompressing stream, and neither way makes an object of a record. Only a batch that must be
 * stored with another codec, or whose inner offsets are not 0, 1, 2 …, is built anew in a buffer of its own. Batches of
 * message format 0 and 1 are refused: Kafka 4 takes them from no client either (KIP-896), only old segments hold them.
 */
final class RecordValidator {

    /** Compressed batches from this size on, and all that must be rebuilt, go to the CPU pool. */
    private static final int LONG_WORK_BYTES = 64 << 10;

    /** As much as the decompressors give at once. */
    private static final int DECOMPRESSED_CHUNK_BYTES = 16 << 10;

    private final TopicPartition topicPartition;
    private final ValidationMetrics metrics;
    private final DecompressionBuffers decompressionBuffers;
    private final CpuPool cpuPool;

    RecordValidator(
            TopicPartition topicPartition,
            ValidationMetrics metrics,
            DecompressionBuffers decompressionBuffers,
            CpuPool cpuPool) {
        this.topicPartition = topicPartition;
        this.metrics = metrics;
        this.decompressionBuffers = decompressionBuffers;
        this.cpuPool = cpuPool;
    }

    /**
     * Validates one batch. Bytes behind it that are no whole batch are left out.
     *
     * @return null if there is no whole batch
     * @throws AnswerException if the batch, or a record in it, must be refused
     */
    @Nullable ValidatedRecords validate(MemoryRecords records, ValidationRules rules, AppendOrigin origin, long nowMs) {
        ByteBuffer buffer = records.buffer();
        int size = checkHeader(buffer, rules, origin);
        if (size == 0) return null;
        MemoryRecords trimmed = size == buffer.limit() ? records : trim(buffer, size);
        MutableRecordBatch batch = trimmed.batchIterator().next();
        if (!batch.isValid()) {
            metrics.invalidCrc();
            throw new AnswerException(
                    Errors.CORRUPT_MESSAGE,
                    "Record is corrupt (stored crc = " + batch.checksum() + ") in topic partition " + topicPartition);
        }
        if (origin == AppendOrigin.CLIENT) checkClientBatch(batch);
        return checkRecords(trimmed, buffer, batch, rules, nowMs);
    }

    /** Returns the size of the one batch in the buffer, 0 if it is not whole. */
    private int checkHeader(ByteBuffer buffer, ValidationRules rules, AppendOrigin origin) {
        int size = wholeBatchAt(buffer, 0);
        if (size == 0) return 0;
        if (buffer.get(RecordBatchLayout.MAGIC) != RecordBatch.CURRENT_MAGIC_VALUE) {
            metrics.invalidMagic();
            throw invalid("Record batches must have magic version 2, not " + buffer.get(RecordBatchLayout.MAGIC));
        }
        if (size < RecordBatchLayout.RECORDS) {
            metrics.invalidCrc();
            throw new AnswerException(Errors.CORRUPT_MESSAGE, "Record batch is smaller than its header: " + size);
        }
        if (wholeBatchAt(buffer, size) != 0) throw invalid("There is more than one record batch");
        long baseOffset = buffer.getLong(RecordBatchLayout.BASE_OFFSET);
        if (origin == AppendOrigin.CLIENT && baseOffset != 0) {
            throw invalid("The baseOffset of the record batch should be 0, but it is " + baseOffset);
        }
        checkSize(size, buffer.limit(), rules);
        return size;
    }

    /** The size of the batch that begins at {@code start}; 0 if it is not all there. */
    private int wholeBatchAt(ByteBuffer buffer, int start) {
        int remaining = buffer.limit() - start;
        if (remaining < RecordBatchLayout.LOG_OVERHEAD) return 0;
        int length = buffer.getInt(start + RecordBatchLayout.LENGTH);
        if (length < RecordBatchLayout.MIN_LENGTH) {
            throw new AnswerException(
                    Errors.CORRUPT_MESSAGE,
                    "Record size " + length + " is less than the minimum record overhead ("
                            + RecordBatchLayout.MIN_LENGTH + ")");
        }
        if (remaining < RecordBatchLayout.HEADER_UP_TO_MAGIC) return 0;
        byte magic = buffer.get(start + RecordBatchLayout.MAGIC);
        if (magic < 0 || magic > RecordBatch.CURRENT_MAGIC_VALUE) {
            metrics.invalidMagic();
            throw new AnswerException(Errors.CORRUPT_MESSAGE, "Invalid magic found in record: " + magic);
        }
        long size = (long) length + RecordBatchLayout.LOG_OVERHEAD;
        return size > remaining ? 0 : (int) size;
    }

    private void checkSize(int size, int received, ValidationRules rules) {
        if (size <= rules.maxMessageBytes()) return;
        metrics.bytesRejected(received);
        throw new AnswerException(
                Errors.MESSAGE_TOO_LARGE,
                "The record batch size in the append to " + topicPartition + " is " + size
                        + " bytes which exceeds the maximum configured value of " + rules.maxMessageBytes() + ".");
    }

    private static MemoryRecords trim(ByteBuffer buffer, int size) {
        return MemoryRecords.readableRecords(buffer.duplicate().limit(size));
    }

    private void checkClientBatch(RecordBatch batch) {
        long countFromOffsets = batch.lastOffset() - batch.baseOffset() + 1;
        int count = batch.countOrNull();
        if (countFromOffsets <= 0 || count <= 0 || countFromOffsets != count) {
            metrics.invalidOffsetOrSequence();
            throw invalid("Inconsistent batch offset range [" + batch.baseOffset() + ", " + batch.lastOffset()
                    + "] and count of records " + count);
        }
        if (batch.isControlBatch()) {
            metrics.invalidOffsetOrSequence();
            throw invalid("Clients are not allowed to write control records");
        }
        if (batch.hasProducerId() && batch.baseSequence() < 0) {
            metrics.invalidOffsetOrSequence();
            throw invalid("Invalid sequence number " + batch.baseSequence() + " in record batch with producerId "
                    + batch.producerId());
        }
    }

    private AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_RECORD, message + " in topic partition " + topicPartition);
    }

    private ValidatedRecords checkRecords(
            MemoryRecords records, ByteBuffer buffer, MutableRecordBatch batch, ValidationRules rules, long nowMs) {
        CompressionType source = codecOf(buffer);
        Compression target = rules.compression();
        boolean sameCodec =
                target == null || target.type() == source || (source == CompressionType.NONE && batch.isControlBatch());
        var checks = new RecordChecks(topicPartition, rules, metrics, batch, nowMs);
        if (source == CompressionType.NONE && sameCodec) {
            walkPlain(buffer, batch, checks);
            if (checks.offsetsConsecutive()) return inPlace(records, batch, rules, checks);
        }
        Compression codec = target == null || sameCodec ? Compression.of(source).build() : target;
        return sameCodec && batch.sizeInBytes() < LONG_WORK_BYTES
                ? checkLong(records, buffer, batch, rules, new Work(source, codec, sameCodec, checks, nowMs))
                : cpuPool.compute(() ->
                        checkLong(records, buffer, batch, rules, new Work(source, codec, sameCodec, checks, nowMs)));
    }

    /** What the longer way needs to know. */
    private record Work(
            CompressionType source, Compression target, boolean sameCodec, RecordChecks checks, long nowMs) {}

    private ValidatedRecords checkLong(
            MemoryRecords records, ByteBuffer buffer, MutableRecordBatch batch, ValidationRules rules, Work work) {
        BufferSupplier buffers = decompressionBuffers.borrow();
        try {
            if (work.source != CompressionType.NONE) {
                walkCompressed(batch, work.checks, buffers);
            } else if (!work.sameCodec) {
                walkPlain(buffer, batch, work.checks);
            }
            if (work.sameCodec && work.checks.offsetsConsecutive()) return inPlace(records, batch, rules, work.checks);
            return rebuilt(batch, rules, work, buffers);
        } finally {
            decompressionBuffers.giveBack(buffers);
        }
    }

    private static CompressionType codecOf(ByteBuffer buffer) {
        int id = buffer.getShort(RecordBatchLayout.ATTRIBUTES) & RecordBatchLayout.CODEC_MASK;
        try {
            return CompressionType.forId(id);
        } catch (IllegalArgumentException e) {
            throw new AnswerException(Errors.UNSUPPORTED_COMPRESSION_TYPE, "Unknown compression type id: " + id);
        }
    }

    private static void walkPlain(ByteBuffer buffer, MutableRecordBatch batch, RecordChecks checks) {
        ByteBuffer in = buffer.duplicate().limit(batch.sizeInBytes()).position(RecordBatchLayout.RECORDS);
        if (batch.countOrNull() == 0) return;
        RecordWalker.walk(in, batch.countOrNull(), baseTimestamp(batch), checks);
        checks.finish();
    }

    private void walkCompressed(MutableRecordBatch batch, RecordChecks checks, BufferSupplier buffers) {
        if (batch.countOrNull() == 0) return;
        ByteBuffer chunk = buffers.get(DECOMPRESSED_CHUNK_BYTES);
        try (InputStream in = ((DefaultRecordBatch) batch).recordInputStream(buffers)) {
            RecordWalker.walk(in, chunk.array(), batch.countOrNull(), baseTimestamp(batch), checks);
        } catch (IOException | KafkaException e) {
            throw new AnswerException(
                    Errors.CORRUPT_MESSAGE,
                    "The record batch does not decompress in topic partition " + topicPartition + ": "
                            + e.getMessage());
        } finally {
            buffers.release(chunk);
        }
        checks.finish();
    }

    /** What a record's timestamp delta counts from. */
    private static long baseTimestamp(MutableRecordBatch batch) {
        return ((DefaultRecordBatch) batch).baseTimestamp();
    }

    private static ValidatedRecords inPlace(
            MemoryRecords records, MutableRecordBatch batch, ValidationRules rules, RecordChecks checks) {
        if (!rules.isLogAppendTime()) batch.setMaxTimestamp(TimestampType.CREATE_TIME, checks.maxTimestamp());
        return new ValidatedRecords(
                records, batch, batch.countOrNull(), checks.maxTimestamp(), rules.isLogAppendTime());
    }

    private ValidatedRecords rebuilt(
            MutableRecordBatch batch, ValidationRules rules, Work work, BufferSupplier buffers) {
        MemoryRecords rebuilt =
                BatchRebuilder.rebuild(batch, rules, work.target, work.checks.uncompressedBytes(), work.nowMs, buffers);
        MutableRecordBatch result = rebuilt.batchIterator().next();
        checkSize(result.sizeInBytes(), batch.sizeInBytes(), rules);
        return new ValidatedRecords(
                rebuilt, result, result.countOrNull(), result.maxTimestamp(), rules.isLogAppendTime());
    }
}
