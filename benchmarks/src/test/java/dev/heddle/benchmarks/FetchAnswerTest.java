package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;
import org.junit.jupiter.api.Test;

class FetchAnswerTest {

    private static final short VERSION = Frames.versionOf(ApiKeys.FETCH);

    @Test
    void batchesAreCountedAsTheClientDoes() {
        ByteBuffer records = FetchAnswer.records(answer(Errors.NONE, batches(3, 1, 5)));
        List<Long> next = new ArrayList<>();
        while (FetchAnswer.hasBatch(records)) next.add(FetchAnswer.nextBatch(records));
        assertEquals(List.of(103L, 104L, 109L), next);
    }

    @Test
    void aBatchThatIsCutOffIsNone() {
        ByteBuffer both = batches(2, 2).buffer();
        ByteBuffer records = FetchAnswer.records(
                answer(Errors.NONE, MemoryRecords.readableRecords(both.slice(0, both.remaining() - 1))));
        assertEquals(102, FetchAnswer.nextBatch(records));
        assertFalse(FetchAnswer.hasBatch(records));
    }

    @Test
    void nothingNewIsNoBatch() {
        assertFalse(FetchAnswer.hasBatch(FetchAnswer.records(answer(Errors.NONE, MemoryRecords.EMPTY))));
    }

    @Test
    void anErrorIsNotTakenForRecords() {
        ByteBuffer refused = answer(Errors.OFFSET_OUT_OF_RANGE, MemoryRecords.EMPTY);
        assertThrows(UncheckedIOException.class, () -> FetchAnswer.records(refused));
    }

    /** One after another, from offset 100 on, with so many records each. */
    private static MemoryRecords batches(int... records) {
        ByteBuffer all = ByteBuffer.allocate(4_096);
        long offset = 100;
        for (int count : records) {
            var some = new SimpleRecord[count];
            for (int i = 0; i < count; i++) some[i] = new SimpleRecord("value".getBytes());
            all.put(MemoryRecords.withRecords(offset, Compression.NONE, some).buffer());
            offset += count;
        }
        return MemoryRecords.readableRecords(all.flip());
    }

    private static ByteBuffer answer(Errors error, MemoryRecords records) {
        var partition = new FetchResponseData.PartitionData()
                .setPartitionIndex(3)
                .setErrorCode(error.code())
                .setHighWatermark(7)
                .setAbortedTransactions(null)
                .setRecords(records);
        var topic = new FetchResponseData.FetchableTopicResponse()
                .setTopic("a topic")
                .setPartitions(List.of(partition));
        var data = new FetchResponseData().setResponses(List.of(topic));
        var header = new ResponseHeader(1, ApiKeys.FETCH.responseHeaderVersion(VERSION));
        return RequestUtils.serialize(header.data(), header.headerVersion(), data, VERSION);
    }
}
