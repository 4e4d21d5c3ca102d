package dev.heddle.requestchannel;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.TransferableRecords;

/** A piece of an encoded response. One thread at a time uses it. */
public sealed interface ResponsePart {

    /** Bytes in memory; sending them moves the buffer's position. */
    record Bytes(ByteBuffer buffer) implements ResponsePart {}

    /** Records that are written by their own {@code writeTo}, for instance a region of a file. */
    record Records(TransferableRecords records) implements ResponsePart {}
}
