package dev.heddle.app;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record of the workload, of which everything follows from its id: so whoever finds it knows what it must be.
 * Immutable.
 */
record SentRecord(long id) {

    private static final String ID = "id";
    private static final int KEYS = 12;

    /** More than a page, and less than a segment together with the others of a batch. */
    private static final int LARGE_BYTES = 4500;

    String key() {
        return "key-" + new Random(id).nextInt(KEYS);
    }

    /** Null in one of twenty: a tombstone. */
    byte @Nullable [] value() {
        var random = new Random(~id);
        if (random.nextInt(20) == 0) return null;
        byte[] value = new byte[id % 40 == 0 ? LARGE_BYTES : random.nextInt(10, 300)];
        // Half of it can be compressed.
        for (int i = 0; i < value.length; i++) value[i] = (byte) (i % 2 == 0 ? 'x' : random.nextInt());
        return value;
    }

    SimpleRecord toRecord(long timestampMs) {
        byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(id).array();
        return new SimpleRecord(timestampMs, key().getBytes(StandardCharsets.US_ASCII), value(), new Header[] {
            new RecordHeader(ID, bytes)
        });
    }

    /** The record that this once was. */
    static SentRecord of(Record record) {
        Header[] headers = record.headers();
        if (headers.length != 1 || !headers[0].key().equals(ID)) throw new AssertionError("invented: " + record);
        return new SentRecord(ByteBuffer.wrap(headers[0].value()).getLong());
    }

    /** Whether {@code found} is this record, to the last byte. */
    boolean is(Record found) {
        byte[] value = value();
        return found.hasKey()
                && found.key().equals(ByteBuffer.wrap(key().getBytes(StandardCharsets.US_ASCII)))
                && (value == null
                        ? !found.hasValue()
                        : found.hasValue() && found.value().equals(ByteBuffer.wrap(value)));
    }
}
