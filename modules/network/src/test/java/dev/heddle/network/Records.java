package dev.heddle.network;

import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Records for tests. */
final class Records {

    private Records() {}

    /** One batch with a value of {@code bytes} bytes that are not all the same. */
    static MemoryRecords ofSize(int bytes) {
        var value = new byte[bytes];
        for (int i = 0; i < bytes; i++) value[i] = (byte) (i * 31 >>> 3);
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value));
    }

    static MemoryRecords outsideTheHeap(MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        return MemoryRecords.readableRecords(
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip());
    }
}
