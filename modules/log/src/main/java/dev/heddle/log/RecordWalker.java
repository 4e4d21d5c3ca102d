package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Walks over the records of a batch and hands the numbers that matter to {@link RecordChecks}, without making an object
 * of any record. Stateless; any thread may call it.
 *
 * <p>A record is: its size, attributes (1 byte), timestamp delta, offset delta, key, value and headers, where all
 * numbers are zigzag varints and a key, value or header value of length -1 is null. What does not add up is refused as
 * INVALID_RECORD.
 */
final class RecordWalker {

    private RecordWalker() {}

    /** Walks records that are not compressed; {@code in} holds exactly the batch's records. */
    static void walk(ByteBuffer in, int count, long baseTimestamp, RecordChecks checks) {
        try {
            for (int index = 0; index < count; index++) walkOne(in, index, baseTimestamp, checks);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw malformed("Found invalid record structure");
        }
        if (in.hasRemaining()) throw malformed("Incorrect declared batch size, records still remaining in file");
    }

    private static void walkOne(ByteBuffer in, int index, long baseTimestamp, RecordChecks checks) {
        int before = in.position();
        int size = ByteUtils.readVarint(in);
        int start = in.position();
        if (size < 0 || size > in.remaining()) {
            throw malformed("Invalid record size: expected " + size
                    + " bytes in record payload, but instead the buffer has only " + in.remaining()
                    + " remaining bytes.");
        }
        in.get(); // attributes, unused
        long timestamp = baseTimestamp + ByteUtils.readVarlong(in);
        int offsetDelta = ByteUtils.readVarint(in);
        int keySize = ByteUtils.readVarint(in);
        skip(in, keySize);
        skip(in, ByteUtils.readVarint(in));
        skipHeaders(in);
        if (in.position() - start != size) {
            throw malformed("Invalid record size: expected to read " + size
                    + " bytes in record payload, but instead read " + (in.position() - start));
        }
        checks.record(index, in.position() - before, timestamp, offsetDelta, keySize);
    }

    private static void skipHeaders(ByteBuffer in) {
        int headers = ByteUtils.readVarint(in);
        if (headers < 0 || headers > in.remaining()) {
            throw malformed("Found invalid number of record headers " + headers);
        }
        for (int i = 0; i < headers; i++) {
            int keySize = ByteUtils.readVarint(in);
            if (keySize < 0) throw malformed("Invalid negative header key size " + keySize);
            skip(in, keySize);
            skip(in, ByteUtils.readVarint(in));
        }
    }

    private static void skip(ByteBuffer in, int size) {
        if (size > in.remaining()) throw new BufferUnderflowException();
        if (size > 0) in.position(in.position() + size);
    }

    /** Walks records that are compressed; {@code in} decompresses as it is read, a {@code chunk} at a time. */
    static void walk(InputStream in, byte[] chunk, int count, long baseTimestamp, RecordChecks checks)
            throws IOException {
        var counted = new CountingStream(in, chunk);
        try {
            for (int index = 0; index < count; index++) walkOne(counted, index, baseTimestamp, checks);
        } catch (EOFException | IllegalArgumentException e) {
            throw malformed("Incorrect declared batch size, premature EOF reached");
        }
        if (!counted.isAtEnd()) throw malformed("Incorrect declared batch size, records still remaining in file");
    }

    private static void walkOne(CountingStream in, int index, long baseTimestamp, RecordChecks checks)
            throws IOException {
        long before = in.count();
        int size = ByteUtils.readVarint(in);
        if (size < 0) throw malformed("Invalid record size: " + size);
        long end = in.count() + size;
        in.skipExactly(1); // attributes, unused
        long timestamp = baseTimestamp + ByteUtils.readVarlong(in);
        int offsetDelta = ByteUtils.readVarint(in);
        int keySize = ByteUtils.readVarint(in);
        in.skipExactly(keySize);
        in.skipExactly(ByteUtils.readVarint(in));
        skipHeaders(in, end);
        if (in.count() != end) {
            throw malformed("Invalid record size: expected to read " + size
                    + " bytes in record payload, but instead read " + (in.count() - end + size));
        }
        int total = (int) Math.min(in.count() - before, Integer.MAX_VALUE);
        checks.record(index, total, timestamp, offsetDelta, keySize);
    }

    private static void skipHeaders(CountingStream in, long end) throws IOException {
        int headers = ByteUtils.readVarint(in);
        if (headers < 0 || headers > end - in.count()) {
            throw malformed("Found invalid number of record headers " + headers);
        }
        for (int i = 0; i < headers; i++) {
            int keySize = ByteUtils.readVarint(in);
            if (keySize < 0) throw malformed("Invalid negative header key size " + keySize);
            in.skipExactly(keySize);
            in.skipExactly(ByteUtils.readVarint(in));
        }
    }

    private static AnswerException malformed(String message) {
        return new AnswerException(Errors.INVALID_RECORD, message);
    }

    /** Reads in chunks, counts what is read, and turns the end of the stream into an exception. */
    private static final class CountingStream extends InputStream {

        private final InputStream in;
        private final byte[] chunk;
        private int position;
        private int limit;
        private long before;

        CountingStream(InputStream in, byte[] chunk) {
            this.in = in;
            this.chunk = chunk;
        }

        /** How much was read or skipped. */
        long count() {
            return before + position;
        }

        @Override
        public int read() throws IOException {
            if (position == limit) fill();
            return chunk[position++] & 0xff;
        }

        private void fill() throws IOException {
            before += limit;
            position = 0;
            limit = 0;
            limit = in.readNBytes(chunk, 0, chunk.length);
            if (limit == 0) throw new EOFException();
        }

        void skipExactly(int size) throws IOException {
            int inChunk = Math.min(Math.max(size, 0), limit - position);
            position += inChunk;
            int rest = Math.max(size, 0) - inChunk;
            if (rest == 0) return;
            in.skipNBytes(rest);
            before += rest;
        }

        boolean isAtEnd() throws IOException {
            return position == limit && in.read() == -1;
        }
    }
}
