package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

class FramesTest {

    @Test
    void aProduceHasItsSizeItsClientAndWholeRecords() {
        var batch = new Frames.Batch(60, 1_000, Compression.lz4().build());
        ByteBuffer frame = Frames.produce("somebody", "topic", 3, (short) -1, batch);
        RequestHeader header = headerOf(frame, ApiKeys.PRODUCE);
        assertEquals("somebody", header.clientId());
        var data = new ProduceRequestData(new ByteBufferAccessor(frame), header.apiVersion());
        assertEquals(-1, data.acks());
        var partition = data.topicData()
                .find("topic", org.apache.kafka.common.Uuid.ZERO_UUID)
                .partitionData()
                .getFirst();
        assertEquals(3, partition.index());
        RecordBatch found =
                ((MemoryRecords) partition.records()).batches().iterator().next();
        assertTrue(found.isValid());
        assertEquals(60, found.countOrNull());
        assertEquals(Compression.lz4().build().type(), found.compressionType());
    }

    @Test
    void aFetchFrameChangesNothingButItsOffset() {
        FetchFrame frame = FetchFrame.of("topic", 3, 1_000, 500);
        for (long offset : new long[] {0, 1L << 40}) {
            ByteBuffer request = frame.at(offset).duplicate();
            var data = new FetchRequestData(
                    new ByteBufferAccessor(request),
                    headerOf(request, ApiKeys.FETCH).apiVersion());
            var partition = data.topics().getFirst().partitions().getFirst();
            assertEquals(offset, partition.fetchOffset());
            assertEquals(3, partition.partition());
            assertEquals(1_000, partition.partitionMaxBytes());
            assertEquals(500, data.maxWaitMs());
        }
    }

    private static RequestHeader headerOf(ByteBuffer frame, ApiKeys api) {
        assertEquals(frame.remaining() - Integer.BYTES, frame.getInt());
        RequestHeader header = RequestHeader.parse(frame);
        assertEquals(api, header.apiKey());
        return header;
    }
}
