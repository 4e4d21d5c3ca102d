package dev.heddle.requestchannel;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.TransferableRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Writes a response into one buffer of exactly the size it needs, without copying records: they become parts of their
 * own between slices of that buffer. Used by one thread.
 */
final class ResponseEncoder implements Writable {

    private static final int LENGTH_PREFIX_BYTES = 4;

    private final ByteBuffer buffer;
    private final List<ResponsePart> parts;

    /** Where the bytes begin that are in {@link #buffer} but not yet in {@link #parts}. */
    private int pendingStart;

    private ResponseEncoder(int size, int zeroCopySize) {
        buffer = ByteBuffer.allocate(size);
        parts = new ArrayList<>(zeroCopySize == 0 ? 1 : 4);
    }

    /** Encodes length, header and body as they go over the wire. */
    static Response.Send encode(ResponseHeader header, Message body, short version) {
        var cache = new ObjectSerializationCache();
        var size = new MessageSizeAccumulator();
        header.data().addSize(size, cache, header.headerVersion());
        body.addSize(size, cache, version);
        int copied = size.sizeExcludingZeroCopy();
        var encoder = new ResponseEncoder(copied + LENGTH_PREFIX_BYTES, size.totalSize() - copied);
        encoder.writeInt(size.totalSize());
        header.data().write(encoder, cache, header.headerVersion());
        body.write(encoder, cache, version);
        encoder.flushPending();
        return new Response.Send(encoder.parts, (long) size.totalSize() + LENGTH_PREFIX_BYTES);
    }

    @Override
    public void writeByte(byte value) {
        buffer.put(value);
    }

    @Override
    public void writeShort(short value) {
        buffer.putShort(value);
    }

    @Override
    public void writeInt(int value) {
        buffer.putInt(value);
    }

    @Override
    public void writeLong(long value) {
        buffer.putLong(value);
    }

    @Override
    public void writeDouble(double value) {
        buffer.putDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        buffer.put(bytes);
    }

    @Override
    public void writeUnsignedVarint(int value) {
        ByteUtils.writeUnsignedVarint(value, buffer);
    }

    @Override
    public void writeVarint(int value) {
        ByteUtils.writeVarint(value, buffer);
    }

    @Override
    public void writeVarlong(long value) {
        ByteUtils.writeVarlong(value, buffer);
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        addPart(new ResponsePart.Bytes(bytes.duplicate()));
    }

    @Override
    public void writeRecords(BaseRecords records) {
        switch (records) {
            case MemoryRecords memory -> writeByteBuffer(memory.buffer());
            case UnalignedMemoryRecords memory -> writeByteBuffer(memory.buffer());
            case TransferableRecords transferable -> addPart(new ResponsePart.Records(transferable));
            default -> throw new IllegalArgumentException("Cannot send " + records.getClass());
        }
    }

    private void addPart(ResponsePart part) {
        flushPending();
        parts.add(part);
    }

    private void flushPending() {
        int end = buffer.position();
        if (end == pendingStart) return;
        parts.add(new ResponsePart.Bytes(buffer.slice(pendingStart, end - pendingStart)));
        pendingStart = end;
    }
}
