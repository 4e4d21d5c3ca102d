package dev.heddle.coordinator.consumer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * How the records of a coordinator's topic are written: the key after the number of its kind, the value after its version.
 * Any thread may call it.
 */
public final class RecordCodec {

    private static final short VERSION = 0;

    private RecordCodec() {}

    /** A record of a kind of which there is one version; without a value, a tombstone. */
    public static SimpleRecord encode(long nowMs, ApiMessage key, @Nullable ApiMessage value) {
        return new SimpleRecord(
                nowMs,
                MessageUtil.toCoordinatorTypePrefixedBytes(key),
                value == null ? null : MessageUtil.toVersionPrefixedBytes(VERSION, value));
    }

    /** Reads a key, the number of whose kind has been read. */
    public static <T extends ApiMessage> T read(T key, ByteBuffer bytes) {
        key.read(new ByteBufferAccessor(bytes), VERSION);
        return key;
    }

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException if it is of a version that is not known
     */
    public static <T extends ApiMessage> T readVersioned(T value, ByteBuffer bytes) {
        short version = bytes.getShort();
        if (version < value.lowestSupportedVersion() || version > value.highestSupportedVersion()) {
            throw new IllegalArgumentException("The version of the record is not known: version=" + version);
        }
        value.read(new ByteBufferAccessor(bytes), version);
        return value;
    }
}
