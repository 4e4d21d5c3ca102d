package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.Crc32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RecordValidatorTest {

    private static final long NOW = 1_700_000_000_000L;
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

    private final MetricRegistry metrics = new MetricRegistry();
    private final CpuPool cpu = new CpuPool(1, Time.SYSTEM);
    private final RecordValidator validator =
            new RecordValidator(PARTITION, new ValidationMetrics(metrics, "orders"), new DecompressionBuffers(2), cpu);

    @AfterEach
    void close() {
        cpu.close();
    }

    private static ValidationRules rules() {
        return new ValidationRules(1 << 20, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, null);
    }

    private static ValidationRules stored(CompressionType type) {
        return new ValidationRules(
                1 << 20,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                3_600_000,
                Compression.of(type).build());
    }

    private ValidatedRecords validate(MemoryRecords records, ValidationRules rules) {
        ValidatedRecords result = validator.validate(records, rules, AppendOrigin.CLIENT, NOW);
        assertNotNull(result);
        return result;
    }

    private Errors refused(MemoryRecords records, ValidationRules rules) {
        return assertThrows(AnswerException.class, () -> validator.validate(records, rules, AppendOrigin.CLIENT, NOW))
                .error();
    }

    private static SimpleRecord record(long timestamp, String key, String value) {
        return new SimpleRecord(
                timestamp, key == null ? null : key.getBytes(), value == null ? null : value.getBytes());
    }

    private static MemoryRecords batch(CompressionType type, SimpleRecord... records) {
        return MemoryRecords.withRecords(Compression.of(type).build(), records);
    }

    private static MemoryRecords plain() {
        return batch(CompressionType.NONE, record(NOW, "k", "a"), record(NOW + 5, "k", "b"), record(NOW + 2, "k", "c"));
    }

    /** Changes bytes behind the CRC and makes the CRC right again. */
    private static MemoryRecords patched(MemoryRecords records, int position, int... values) {
        ByteBuffer buffer = records.buffer();
        for (int i = 0; i < values.length; i++) buffer.put(position + i, (byte) values[i]);
        return resealed(buffer);
    }

    private static MemoryRecords resealed(ByteBuffer buffer) {
        int from = RecordBatchLayout.ATTRIBUTES;
        buffer.putInt(17, (int) Crc32C.compute(buffer, from, buffer.limit() - from));
        return MemoryRecords.readableRecords(buffer);
    }

    private static MemoryRecords withHeaderInt(MemoryRecords records, int position, int value) {
        records.buffer().putInt(position, value);
        return resealed(records.buffer());
    }

    private long count(String name) {
        return metrics.getMeters()
                .get("kafka.server:type=BrokerTopicMetrics,name=" + name)
                .getCount();
    }

    @Test
    void aGoodBatchStaysInItsBuffer() {
        MemoryRecords records = LogFixture.direct(plain());
        ValidatedRecords validated = validate(records, rules());
        assertSame(records, validated.records());
        assertEquals(3, validated.recordCount());
        assertEquals(NOW + 5, validated.maxTimestampMs());
    }

    @Test
    void bytesBehindTheBatchThatAreNoWholeBatchAreLeftOut() {
        ByteBuffer source = plain().buffer();
        ByteBuffer longer = ByteBuffer.allocate(source.remaining() + 30).put(source.duplicate());
        longer.put(source.duplicate().limit(30)).flip();
        ValidatedRecords validated = validate(MemoryRecords.readableRecords(longer), rules());
        assertEquals(source.remaining(), validated.records().sizeInBytes());
    }

    @Test
    void aPartOfABatchIsNothing() {
        ByteBuffer part = plain().buffer().limit(50);
        assertNull(validator.validate(MemoryRecords.readableRecords(part), rules(), AppendOrigin.CLIENT, NOW));
    }

    @Test
    void everyFlippedBitBehindTheCrcIsNoticed() {
        int size = plain().sizeInBytes();
        for (int at = RecordBatchLayout.ATTRIBUTES; at < size; at++) {
            MemoryRecords records = plain();
            records.buffer().put(at, (byte) (records.buffer().get(at) ^ 4));
            assertEquals(Errors.CORRUPT_MESSAGE, refused(records, rules()));
        }
        assertEquals(size - RecordBatchLayout.ATTRIBUTES, count("InvalidMessageCrcRecordsPerSec"));
    }

    @Test
    void lengthsThatCannotBeAreRefused() {
        for (int length : new int[] {-1, 0, 13, Integer.MIN_VALUE}) {
            MemoryRecords records = plain();
            records.buffer().putInt(RecordBatchLayout.LENGTH, length);
            assertEquals(Errors.CORRUPT_MESSAGE, refused(records, rules()));
        }
        MemoryRecords headerOnly =
                MemoryRecords.readableRecords(plain().buffer().limit(40));
        headerOnly.buffer().putInt(RecordBatchLayout.LENGTH, 28);
        assertEquals(Errors.CORRUPT_MESSAGE, refused(headerOnly, rules()));
    }

    @Test
    void theLargestLengthDoesNotOverflow() {
        MemoryRecords records = plain();
        records.buffer().putInt(RecordBatchLayout.LENGTH, Integer.MAX_VALUE);
        assertNull(validator.validate(records, rules(), AppendOrigin.CLIENT, NOW));
    }

    @ParameterizedTest
    @CsvSource({"3, CORRUPT_MESSAGE", "-1, CORRUPT_MESSAGE", "1, INVALID_RECORD", "0, INVALID_RECORD"})
    void onlyMagicTwoIsTaken(int magic, Errors expected) {
        MemoryRecords records = plain();
        records.buffer().put(RecordBatchLayout.MAGIC, (byte) magic);
        assertEquals(expected, refused(records, rules()));
        assertEquals(1, count("InvalidMagicNumberRecordsPerSec"));
    }

    @Test
    void twoBatchesAreRefused() {
        ByteBuffer both = ByteBuffer.allocate(2 * plain().sizeInBytes());
        both.put(plain().buffer()).put(plain().buffer()).flip();
        assertEquals(Errors.INVALID_RECORD, refused(MemoryRecords.readableRecords(both), rules()));
    }

    @Test
    void aBaseOffsetFromAClientIsRefused() {
        MemoryRecords records = plain();
        records.buffer().putLong(0, 7);
        assertEquals(Errors.INVALID_RECORD, refused(records, rules()));
        assertNotNull(validator.validate(records, rules(), AppendOrigin.COORDINATOR, NOW));
    }

    @Test
    void aBatchOverTheLimitIsRefusedAndItsBytesAreCounted() {
        MemoryRecords records = plain();
        var tight = new ValidationRules(
                records.sizeInBytes() - 1, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, null);
        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(records, tight));
        assertEquals(records.sizeInBytes(), count("BytesRejectedPerSec"));
        assertEquals(records.sizeInBytes(), count("BytesRejectedPerSec,topic=orders"));
    }

    @Test
    void countAndLastOffsetDeltaMustAgree() {
        assertEquals(
                Errors.INVALID_RECORD,
                refused(withHeaderInt(plain(), RecordBatchLayout.LAST_OFFSET_DELTA, 3), rules()));
        assertEquals(
                Errors.INVALID_RECORD,
                refused(withHeaderInt(plain(), RecordBatchLayout.LAST_OFFSET_DELTA, -1), rules()));
        assertEquals(
                Errors.INVALID_RECORD, refused(withHeaderInt(plain(), RecordBatchLayout.RECORD_COUNT, 2), rules()));
        assertEquals(
                Errors.INVALID_RECORD, refused(withHeaderInt(plain(), RecordBatchLayout.RECORD_COUNT, 0), rules()));
        assertEquals(4, count("InvalidOffsetOrSequenceRecordsPerSec"));
    }

    @Test
    void headersThatAgreeOnTooManyOrTooFewRecordsAreFoundOut() {
        for (int records : new int[] {2, 4}) {
            MemoryRecords lying = plain();
            lying.buffer().putInt(RecordBatchLayout.LAST_OFFSET_DELTA, records - 1);
            assertEquals(
                    Errors.INVALID_RECORD,
                    refused(withHeaderInt(lying, RecordBatchLayout.RECORD_COUNT, records), rules()));
        }
    }

    @Test
    void controlBatchesComeFromCoordinatorsOnly() {
        MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                NOW, 5L, (short) 1, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
        assertEquals(Errors.INVALID_RECORD, refused(marker, rules()));
        assertNotNull(validator.validate(marker, stored(CompressionType.GZIP), AppendOrigin.COORDINATOR, NOW));
        assertEquals(CompressionType.NONE, marker.batchIterator().next().compressionType());
    }

    @Test
    void aProducerIdNeedsASequence() {
        MemoryRecords records =
                MemoryRecords.withIdempotentRecords(Compression.NONE, 9L, (short) 0, 0, record(NOW, "k", "v"));
        assertEquals(Errors.INVALID_RECORD, refused(withHeaderInt(records, 53, -1), rules()));
    }

    @Test
    void anUnknownCodecIsRefused() {
        MemoryRecords records = plain();
        assertEquals(Errors.UNSUPPORTED_COMPRESSION_TYPE, refused(patched(records, 22, 6), rules()));
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void recordsWithoutAKeyAreRefusedOneByOneInACompactedTopic(CompressionType type) {
        var compacted = new ValidationRules(1 << 20, true, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, null);
        MemoryRecords records = batch(type, record(NOW, null, "a"), record(NOW, "k", "b"), record(NOW, null, "c"));
        var refused = assertThrows(
                InvalidRecordsException.class, () -> validator.validate(records, compacted, AppendOrigin.CLIENT, NOW));
        assertEquals(Errors.INVALID_RECORD, refused.error());
        assertEquals(
                List.of(0, 2),
                refused.recordErrors().stream().map(RecordError::batchIndex).toList());
        assertEquals(2, count("NoKeyCompactedTopicRecordsPerSec"));
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void timestampsOutOfBoundsAreRefusedOneByOne(CompressionType type) {
        var bounded = new ValidationRules(1 << 20, false, TimestampType.CREATE_TIME, 1000, 500, null);
        MemoryRecords good = batch(type, record(NOW - 1000, "k", "a"), record(NOW + 500, "k", "b"));
        assertEquals(2, validate(good, bounded).recordCount());
        MemoryRecords bad =
                batch(type, record(NOW - 1001, "k", "a"), record(NOW, "k", "b"), record(NOW + 501, "k", "c"));
        var refused = assertThrows(
                InvalidRecordsException.class, () -> validator.validate(bad, bounded, AppendOrigin.CLIENT, NOW));
        assertEquals(Errors.INVALID_TIMESTAMP, refused.error());
        assertEquals(
                List.of(0, 2),
                refused.recordErrors().stream().map(RecordError::batchIndex).toList());
    }

    @Test
    void recordsWithoutATimestampAreTaken() {
        var bounded = new ValidationRules(1 << 20, false, TimestampType.CREATE_TIME, 1000, 500, null);
        MemoryRecords records = batch(CompressionType.NONE, record(RecordBatch.NO_TIMESTAMP, "k", "a"));
        assertEquals(RecordBatch.NO_TIMESTAMP, validate(records, bounded).maxTimestampMs());
    }

    @Test
    void aProducerMustNotSetTheBrokersTimestampType() {
        var appendTime =
                new ValidationRules(1 << 20, false, TimestampType.LOG_APPEND_TIME, Long.MAX_VALUE, 3_600_000, null);
        MemoryRecords records = plain();
        records.batchIterator().next().setMaxTimestamp(TimestampType.LOG_APPEND_TIME, NOW);
        assertEquals(Errors.INVALID_TIMESTAMP, refused(records, appendTime));
        ValidatedRecords good = validate(plain(), appendTime);
        assertEquals(NOW + 9, good.stamp(100, 4, NOW + 9));
        assertEquals(NOW + 9, good.batch().maxTimestamp());
        assertTrue(good.batch().isValid());
    }

    @Test
    void theHeadersMaximumIsCorrectedFromTheRecords() {
        MemoryRecords records = plain();
        records.batchIterator().next().setMaxTimestamp(TimestampType.CREATE_TIME, NOW + 1_000_000);
        ValidatedRecords validated = validate(records, rules());
        assertEquals(NOW + 5, validated.batch().maxTimestamp());
        assertTrue(validated.batch().isValid());
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void storedWithAnotherCodecTheRecordsAreTheSame(CompressionType target) {
        for (CompressionType source : CompressionType.values()) {
            MemoryRecords sent = batch(source, many());
            ValidatedRecords validated = validate(sent, stored(target));
            assertEquals(target, validated.batch().compressionType());
            if (source == target) assertSame(sent, validated.records());
            else assertNotSame(sent, validated.records());
            assertEquals(300, validated.recordCount());
            assertEquals(NOW + 299, validated.maxTimestampMs());
            validated.stamp(1000, 2, NOW);
            validated.batch().ensureValid();
            List<Record> stored = new ArrayList<>();
            validated.records().records().forEach(stored::add);
            for (int i = 0; i < 300; i++) {
                assertEquals(1000 + i, stored.get(i).offset());
                assertEquals(NOW + i, stored.get(i).timestamp());
                assertEquals("value-" + i, LogFixture.value(stored.get(i)));
                assertEquals(1, stored.get(i).headers().length);
            }
        }
    }

    private static SimpleRecord[] many() {
        SimpleRecord[] records = new SimpleRecord[300];
        for (int i = 0; i < records.length; i++) {
            Header[] headers = {new RecordHeader("h", new byte[] {1})};
            records[i] = new SimpleRecord(
                    NOW + i,
                    ByteBuffer.wrap(("k" + i).getBytes()),
                    ByteBuffer.wrap(("value-" + i).getBytes()),
                    headers);
        }
        return records;
    }

    @Test
    void aRebuiltBatchKeepsItsProducer() {
        MemoryRecords sent = MemoryRecords.withIdempotentRecords(Compression.NONE, 77L, (short) 3, 12, many());
        RecordBatch stored = validate(sent, stored(CompressionType.ZSTD)).batch();
        assertEquals(77, stored.producerId());
        assertEquals(3, stored.producerEpoch());
        assertEquals(12, stored.baseSequence());
    }

    @Test
    void aBatchThatGrowsBeyondTheLimitIsRefused() {
        MemoryRecords sent = batch(CompressionType.GZIP, record(NOW, "k", "x".repeat(10_000)));
        var rules = new ValidationRules(
                1000,
                false,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                3_600_000,
                Compression.of(CompressionType.NONE).build());
        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(sent, rules));
    }

    @Test
    void innerOffsetsThatAreNotConsecutiveAreMadeSo() throws Exception {
        for (CompressionType type : List.of(CompressionType.NONE, CompressionType.LZ4)) {
            MemoryRecords records = withDeltas(type, 0, 5, 2);
            ValidatedRecords validated = validate(records, rules());
            assertNotSame(records, validated.records());
            List<Long> offsets = new ArrayList<>();
            validated.stamp(50, 1, NOW);
            validated.records().records().forEach(record -> offsets.add(record.offset()));
            assertEquals(List.of(50L, 51L, 52L), offsets);
        }
    }

    /** A batch whose records have these offset deltas, whatever the header says. */
    private static MemoryRecords withDeltas(CompressionType type, int... deltas) throws Exception {
        var plainRecords = new ByteBufferOutputStream(1000);
        var compression = Compression.of(type).build();
        try (var stream = new java.io.DataOutputStream(compression.wrapForOutput(plainRecords, (byte) 2))) {
            for (int delta : deltas) {
                DefaultRecord.writeTo(
                        stream,
                        delta,
                        0,
                        ByteBuffer.wrap(new byte[] {1}),
                        ByteBuffer.wrap(new byte[] {2}),
                        new Header[0]);
            }
        }
        ByteBuffer body = plainRecords.buffer().flip();
        ByteBuffer whole = ByteBuffer.allocate(RecordBatchLayout.RECORDS + body.remaining());
        whole.put(batch(type, record(NOW, "k", "v")).buffer().limit(RecordBatchLayout.RECORDS));
        whole.put(body).flip();
        whole.putInt(RecordBatchLayout.LENGTH, whole.limit() - RecordBatchLayout.LOG_OVERHEAD);
        whole.putInt(RecordBatchLayout.LAST_OFFSET_DELTA, deltas.length - 1);
        whole.putInt(RecordBatchLayout.RECORD_COUNT, deltas.length);
        return resealed(whole);
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void compressedGarbageIsRefused(CompressionType type) {
        var random = new Random(type.id);
        for (int i = 0; i < 300; i++) {
            MemoryRecords records = batch(type, many());
            ByteBuffer buffer = records.buffer();
            int flips = 1 + random.nextInt(8);
            for (int f = 0; f < flips; f++) {
                int at = RecordBatchLayout.RECORDS + random.nextInt(buffer.limit() - RecordBatchLayout.RECORDS);
                buffer.put(at, (byte) random.nextInt());
            }
            try {
                validator.validate(resealed(buffer), rules(), AppendOrigin.CLIENT, NOW);
            } catch (AnswerException e) {
                assertTrue(
                        e.error() == Errors.CORRUPT_MESSAGE
                                || e.error() == Errors.INVALID_RECORD
                                || e.error() == Errors.INVALID_TIMESTAMP,
                        e.toString());
            }
        }
    }

    @Test
    void everyByteOfARecordMayBeWrongWithoutAnyOtherAnswer() {
        int size = plain().sizeInBytes();
        for (int at = RecordBatchLayout.RECORDS; at < size; at++) {
            for (int value = 0; value < 256; value++) {
                try {
                    validator.validate(patched(plain(), at, value), rules(), AppendOrigin.CLIENT, NOW);
                } catch (AnswerException e) {
                    assertTrue(
                            e.error() == Errors.INVALID_RECORD || e.error() == Errors.INVALID_TIMESTAMP, e.toString());
                }
            }
        }
    }

    @Test
    void aBatchThatUnpacksToTooMuchIsRefusedBeforeMemoryIsTakenForIt() {
        byte[] zeros = new byte[70 << 20];
        MemoryRecords bomb = MemoryRecords.withRecords(
                Compression.of(CompressionType.ZSTD).build(), new SimpleRecord(NOW, null, zeros));
        assertTrue(bomb.sizeInBytes() < 100_000);
        assertEquals(Errors.MESSAGE_TOO_LARGE, refused(bomb, stored(CompressionType.GZIP)));
    }

    @Test
    @Timeout(30)
    void virtualThreadsLeaveLongWorkToTheCpuPool() throws Exception {
        var result = new AtomicReference<ValidatedRecords>();
        Thread handler = Threads.virtual(
                "handler",
                () -> result.set(validate(batch(CompressionType.NONE, many()), stored(CompressionType.GZIP))));
        handler.start();
        handler.join();
        assertEquals(CompressionType.GZIP, result.get().batch().compressionType());
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals("log-cpu-0")));
    }
}
