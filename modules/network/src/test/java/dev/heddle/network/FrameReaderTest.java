package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.requestchannel.BufferPool;
import dev.heddle.requestchannel.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {

    private static final int MAX_FRAME_BYTES = 20_000_000;

    private final BufferPool pool = new BufferPool(1 << 20);
    private final FakeTransport transport = new FakeTransport();
    private long reserved;
    private long room = Long.MAX_VALUE;
    private final FrameReader reader = new FrameReader(
            pool,
            new FrameReader.Budget() {
                @Override
                public boolean tryReserve(long bytes) {
                    if (reserved + bytes > room) return false;
                    reserved += bytes;
                    return true;
                }

                @Override
                public void unreserve(long bytes) {
                    reserved -= bytes;
                }
            },
            MAX_FRAME_BYTES);

    @AfterEach
    void everythingIsGivenBack() {
        reader.close();
        assertEquals(0, pool.outstanding());
        assertEquals(0, reserved);
    }

    private static byte[] frame(int length, int seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.allocate(4 + length).putInt(length).put(bytes).array();
    }

    private List<byte[]> readAll() throws IOException {
        List<byte[]> frames = new ArrayList<>();
        while (transport.available() > 0) {
            assertTrue(reader.read(transport) > 0);
            Frame frame = reader.nextFrame(1);
            while (frame != null) {
                var payload = new byte[frame.payload().remaining()];
                frame.payload().get(payload);
                frames.add(payload);
                frame.memory().release();
                reader.reservationPassedOn();
                frame = reader.nextFrame(1);
            }
            reserved = reader.reservedBytes();
        }
        return frames;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000, 16 * 1024, 100_000, Integer.MAX_VALUE})
    void framesArriveWholeHoweverTheirBytesAreDealtOut(int bytesPerRead) throws IOException {
        var random = new Random(bytesPerRead);
        var sent = new ArrayList<byte[]>();
        int largest = bytesPerRead < 1000 ? 3_000 : 600_000;
        for (int i = 0; i < 60; i++) {
            byte[] frame = frame(random.nextInt(i % 5 == 0 ? largest : 300), i);
            sent.add(frame);
            transport.arrives(frame);
        }
        transport.bytesPerRead = bytesPerRead;
        List<byte[]> received = readAll();
        assertEquals(sent.size(), received.size());
        for (int i = 0; i < sent.size(); i++) {
            assertEquals(ByteBuffer.wrap(sent.get(i), 4, sent.get(i).length - 4), ByteBuffer.wrap(received.get(i)));
        }
    }

    @Test
    void oneReadBringsManyFrames() throws IOException {
        for (int i = 0; i < 50; i++) transport.arrives(frame(100, i));
        assertEquals(50 * 104, reader.read(transport));
        for (int i = 0; i < 50; i++) {
            Frame frame = reader.nextFrame(42);
            assertNotNull(frame);
            assertEquals(42, frame.arrivalNanos());
            frame.memory().release();
        }
        assertNull(reader.nextFrame(42));
        assertEquals(0, pool.outstanding());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, MAX_FRAME_BYTES + 1, Integer.MAX_VALUE})
    void aLengthThatCannotBeIsRefusedBeforeMemoryIsTaken(int length) throws IOException {
        transport.arrives(ByteBuffer.allocate(4).putInt(length).array());
        reader.read(transport);
        assertThrows(CloseConnectionException.class, () -> reader.nextFrame(1));
        reader.close();
        assertEquals(0, pool.outstanding());
    }

    @Test
    void aLongFrameTakesMemoryOnlyAsItsBytesArrive() throws IOException {
        byte[] frame = frame(MAX_FRAME_BYTES, 1);
        transport.bytesPerRead = 10_000;
        int arrived = 0;
        while (arrived + 10_000 < frame.length) {
            transport.arrives(java.util.Arrays.copyOfRange(frame, arrived, arrived + 10_000));
            while (transport.available() > 0) {
                assertTrue(reader.read(transport) > 0);
                assertNull(reader.nextFrame(1));
            }
            arrived += 10_000;
            assertTrue(reader.reservedBytes() <= 4L * arrived, "reserved " + reader.reservedBytes());
        }
    }

    @Test
    void whatIsLeftOfASmallReadHoldsNoBuffer() throws IOException {
        transport.arrives(java.util.Arrays.copyOf(frame(10_000, 1), 500));
        reader.read(transport);
        assertNull(reader.nextFrame(1));
        assertEquals(0, pool.outstanding());
    }

    @Test
    void nothingToReadHoldsNoBuffer() throws IOException {
        assertEquals(0, reader.read(transport));
        assertEquals(0, pool.outstanding());
        transport.ended = true;
        assertEquals(FrameReader.END, reader.read(transport));
        assertEquals(0, pool.outstanding());
    }

    @Test
    void aLongFrameWaitsUntilThereIsRoom() throws IOException {
        room = 0;
        transport.arrives(frame(500_000, 1));
        int count = reader.read(transport);
        while (count > 0) {
            assertNull(reader.nextFrame(1));
            count = reader.read(transport);
        }
        assertEquals(FrameReader.NO_ROOM, count);
        assertEquals(0, reserved);
        room = 1_000_000;
        assertEquals(1, readAll().size());
    }
}
