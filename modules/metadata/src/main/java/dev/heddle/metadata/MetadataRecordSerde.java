package dev.heddle.metadata;

import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * The frame around a metadata record, which is the value of a record in the metadata log. Stateless: any thread may call
 * it.
 *
 * <pre>
 *   unsigned varint   frame version, always 1
 *   unsigned varint   api key: which record it is
 *   unsigned varint   version of the record
 *   bytes             the record
 * </pre>
 */
final class MetadataRecordSerde {

    private static final int FRAME_VERSION = 1;

    private MetadataRecordSerde() {}

    /** The framed record, ready to read. */
    static ByteBuffer encode(VersionedRecord versioned) {
        ApiMessage record = versioned.record();
        var cache = new ObjectSerializationCache();
        int size = ByteUtils.sizeOfUnsignedVarint(FRAME_VERSION)
                + ByteUtils.sizeOfUnsignedVarint(record.apiKey())
                + ByteUtils.sizeOfUnsignedVarint(versioned.version())
                + record.size(cache, versioned.version());
        var out = new ByteBufferAccessor(ByteBuffer.allocate(size));
        out.writeUnsignedVarint(FRAME_VERSION);
        out.writeUnsignedVarint(record.apiKey());
        out.writeUnsignedVarint(versioned.version());
        record.write(out, cache, versioned.version());
        out.flip();
        return out.buffer();
    }

    /**
     * Reads a framed record.
     *
     * @throws IllegalStateException if it is none, or of a kind that this version of Heddle does not know
     */
    static VersionedRecord decode(ByteBuffer frame) {
        var in = new ByteBufferAccessor(frame);
        int frameVersion = readUnsigned(in, "frame version");
        if (frameVersion != FRAME_VERSION) {
            throw new IllegalStateException("Unknown frame version " + frameVersion + " of a metadata record");
        }
        short apiKey = (short) readUnsigned(in, "type");
        short version = (short) readUnsigned(in, "version");
        ApiMessage record = newRecord(apiKey);
        if (version < record.lowestSupportedVersion() || version > record.highestSupportedVersion()) {
            throw new IllegalStateException(
                    "Unknown version of a metadata record: type=" + apiKey + " version=" + version);
        }
        try {
            record.read(in, version);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "Unreadable metadata record: type=" + apiKey + " version=" + version + ": " + e.getMessage(), e);
        }
        if (in.remaining() > 0) {
            throw new IllegalStateException(in.remaining() + " bytes too many after a metadata record: type=" + apiKey);
        }
        return new VersionedRecord(record, version);
    }

    private static ApiMessage newRecord(short apiKey) {
        try {
            return MetadataRecordType.fromId(apiKey).newMetadataRecord();
        } catch (ApiException e) {
            throw new IllegalStateException("Unknown type of metadata record: " + apiKey, e);
        }
    }

    private static int readUnsigned(ByteBufferAccessor in, String what) {
        int value;
        try {
            value = in.readUnsignedVarint();
        } catch (RuntimeException e) {
            throw new IllegalStateException("A metadata record ends before its " + what, e);
        }
        if (value < 0 || value > Short.MAX_VALUE) {
            throw new IllegalStateException("Impossible " + what + " of a metadata record: " + value);
        }
        return value;
    }
}
