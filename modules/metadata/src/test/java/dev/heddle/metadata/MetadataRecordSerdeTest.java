package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.metadata.NoOpRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

final class MetadataRecordSerdeTest {

    private static String problem(int... bytes) {
        var frame = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) frame[i] = (byte) bytes[i];
        return assertThrows(IllegalStateException.class, () -> MetadataRecordSerde.decode(ByteBuffer.wrap(frame)))
                .getMessage();
    }

    @Test
    void every_version_of_every_record_goes_there_and_back() {
        int count = 0;
        for (MetadataRecordType type : MetadataRecordType.values()) {
            ApiMessage record = type.newMetadataRecord();
            for (int v = record.lowestSupportedVersion(); v <= record.highestSupportedVersion(); v++) {
                VersionedRecord versioned = VersionedRecord.of(record, v);
                ByteBuffer frame = MetadataRecordSerde.encode(versioned);
                assertEquals(versioned, MetadataRecordSerde.decode(frame));
                assertEquals(0, frame.remaining());
                count++;
            }
        }
        assertTrue(count > 30, "only " + count);
    }

    @Test
    void a_frame_is_its_version_the_key_the_version_and_the_record() {
        ByteBuffer frame = MetadataRecordSerde.encode(VersionedRecord.of(new NoOpRecord(), 0));
        byte[] bytes = Arrays.copyOf(frame.array(), frame.remaining());
        // Frame version 1, key 20, version 0, no tagged fields.
        assertEquals("[1, 20, 0, 0]", Arrays.toString(bytes));
    }

    @Test
    void frames_that_are_none_are_refused() {
        assertTrue(problem().contains("ends before its frame version"));
        assertTrue(problem(1).contains("ends before its type"));
        assertTrue(problem(1, 20).contains("ends before its version"));
        assertTrue(problem(0, 20, 0, 0).contains("Unknown frame version 0"));
        assertTrue(problem(2, 20, 0, 0).contains("Unknown frame version 2"));
        assertTrue(problem(1, 0xff, 0xff, 0x7f, 0).contains("Impossible type"));
        assertTrue(problem(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).contains("ends before its type"));
        assertTrue(problem(1, 99, 0, 0).contains("Unknown type of metadata record: 99"));
        assertTrue(problem(1, 20, 99, 0).contains("Unknown version of a metadata record: type=20 version=99"));
        assertTrue(problem(1, 20, 0, 0, 7).contains("1 bytes too many"));
        ByteBuffer whole =
                MetadataRecordSerde.encode(VersionedRecord.of(new FeatureLevelRecord().setName("a.name"), 0));
        for (int length = 0; length < whole.remaining(); length++) {
            ByteBuffer part = whole.slice(0, length);
            assertThrows(IllegalStateException.class, () -> MetadataRecordSerde.decode(part));
        }
    }
}
