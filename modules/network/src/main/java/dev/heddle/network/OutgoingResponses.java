package dev.heddle.network;

import dev.heddle.common.Time;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.Response;
import dev.heddle.requestchannel.ResponsePart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * What a connection has still to send, in order. Used by the connection's Processor alone.
 *
 * <p>For maintainers: bytes on the heap are gathered in the Processor's own direct buffer and go out together, many
 * responses in one write. The sources move on only by as much as the socket took, so nothing has to be remembered of
 * the gathering.
 */
final class OutgoingResponses {

    /** How much one connection sends before others have their turn. */
    private static final long MAX_BYTES_PER_TURN = 1024 * 1024;

    /** How often in a row the socket may be ready without a byte of a file region being had. */
    private static final int MAX_EMPTY_TURNS = 16;

    private static final class Sending {
        final Request request;
        final long takenNanos;
        long remaining;

        Sending(Request request, long takenNanos, long remaining) {
            this.request = request;
            this.takenNanos = takenNanos;
            this.remaining = remaining;
        }
    }

    private final Time time;
    private final ArrayDeque<Sending> responses = new ArrayDeque<>(1);
    private final ArrayDeque<ResponsePart> parts = new ArrayDeque<>(1);

    /** How much of the first part is sent, if it is records. */
    private int recordsPosition;

    private long bytes;
    private int emptyTurns;

    OutgoingResponses(Time time) {
        this.time = time;
    }

    void add(Request request, Response.Send send, long takenNanos) {
        responses.add(new Sending(request, takenNanos, send.size()));
        parts.addAll(send.parts());
        bytes += send.size();
    }

    boolean isEmpty() {
        return responses.isEmpty();
    }

    /** How many responses are not wholly sent. */
    int size() {
        return responses.size();
    }

    /** How many bytes are not sent. */
    long bytes() {
        return bytes;
    }

    /**
     * Sends as much as the socket takes and one turn allows.
     *
     * @param gathering a direct buffer, empty before and after
     * @return how many bytes went out
     */
    long writeTo(Transport transport, ByteBuffer gathering) throws IOException {
        long before = bytes;
        while (!parts.isEmpty() && before - bytes < MAX_BYTES_PER_TURN) {
            boolean all = switch (parts.getFirst()) {
                case ResponsePart.Bytes head -> writeBytes(head.buffer(), transport, gathering);
                case ResponsePart.Records head -> writeRecords(head, transport);
            };
            if (!all) break;
        }
        completeSent();
        return before - bytes;
    }

    private boolean writeBytes(ByteBuffer head, Transport transport, ByteBuffer gathering) throws IOException {
        if (head.isDirect()) {
            bytesSent(transport.write(head), false);
            return dropHeadIfSent(head);
        }
        gather(gathering);
        int offered = gathering.flip().remaining();
        int written = transport.write(gathering);
        gathering.clear();
        bytesSent(written, true);
        return written == offered;
    }

    private void gather(ByteBuffer gathering) {
        for (ResponsePart part : parts) {
            if (!(part instanceof ResponsePart.Bytes next) || next.buffer().isDirect()) return;
            ByteBuffer from = next.buffer();
            int count = Math.min(gathering.remaining(), from.remaining());
            gathering.put(gathering.position(), from, from.position(), count);
            gathering.position(gathering.position() + count);
            if (!gathering.hasRemaining()) return;
        }
    }

    private boolean dropHeadIfSent(ByteBuffer head) {
        if (head.hasRemaining()) return false;
        parts.removeFirst();
        return true;
    }

    private boolean writeRecords(ResponsePart.Records head, Transport transport) throws IOException {
        int left = head.records().sizeInBytes() - recordsPosition;
        int written = left == 0 ? 0 : head.records().writeTo(transport, recordsPosition, left);
        bytesSent(written, false);
        recordsPosition += written;
        if (written == left) {
            parts.removeFirst();
            recordsPosition = 0;
            emptyTurns = 0;
            return true;
        }
        emptyTurns = written == 0 ? emptyTurns + 1 : 0;
        if (emptyTurns > MAX_EMPTY_TURNS) throw new IOException("Records cannot be read any more: " + head.records());
        return false;
    }

    private void bytesSent(long count, boolean gathered) {
        bytes -= count;
        if (gathered) advance(count);
        long left = count;
        for (Sending response : responses) {
            long share = Math.min(left, response.remaining);
            response.remaining -= share;
            left -= share;
            if (left == 0) return;
        }
    }

    /** Moves on in the parts that were gathered. */
    private void advance(long count) {
        long left = count;
        while (left > 0 || isSentHead()) {
            ByteBuffer head = ((ResponsePart.Bytes) parts.getFirst()).buffer();
            int share = (int) Math.min(left, head.remaining());
            head.position(head.position() + share);
            left -= share;
            if (head.hasRemaining()) return;
            parts.removeFirst();
        }
    }

    private boolean isSentHead() {
        return parts.peekFirst() instanceof ResponsePart.Bytes head
                && !head.buffer().hasRemaining();
    }

    private void completeSent() {
        Sending head = responses.peekFirst();
        if (head == null || head.remaining > 0) return;
        long nowNanos = time.nanoseconds();
        while (head != null && head.remaining == 0) {
            responses.removeFirst();
            head.request.completed(head.takenNanos, nowNanos);
            head = responses.peekFirst();
        }
    }

    /** The connection is closed: what is left will not be sent. */
    void drop() {
        long nowNanos = time.nanoseconds();
        for (Sending response : responses) response.request.completed(response.takenNanos, nowNanos);
        responses.clear();
        parts.clear();
        bytes = 0;
    }
}
