package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.requests.ResponseHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResponseEncoderTest {

    private static final short FETCH_VERSION = 12;

    static Stream<ApiKeys> apis() {
        return ApiKeys.brokerApis().stream();
    }

    @ParameterizedTest
    @MethodSource("apis")
    void everyVersionOfEveryResponseIsEncodedAsApacheDoes(ApiKeys api) {
        for (short version : api.allVersions()) {
            ApiMessage body = api.messageType.newResponse();
            var header = new ResponseHeader(42, api.responseHeaderVersion(version));
            Response.Send send = ResponseEncoder.encode(header, body, version);
            ByteBuffer bytes = gather(send);
            assertEquals(send.size(), bytes.remaining());
            assertEquals(bytes.getInt(), bytes.remaining());
            var decodedHeader = new ResponseHeaderData(new ByteBufferAccessor(bytes), header.headerVersion());
            assertEquals(42, decodedHeader.correlationId());
            ApiMessage decoded = api.messageType.newResponse();
            decoded.read(new ByteBufferAccessor(bytes), version);
            assertEquals(body, decoded);
            assertEquals(0, bytes.remaining());
        }
    }

    @Test
    void recordsAreNotCopied() {
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[10_000]));
        Response.Send send = encode(fetched(records, records));
        assertEquals(5, send.parts().size());
        var part = (ResponsePart.Bytes) send.parts().get(1);
        assertSame(records.buffer().array(), part.buffer().array());
        int copied = ((ResponsePart.Bytes) send.parts().get(0)).buffer().capacity();
        assertTrue(copied < 500, "copied " + copied);
    }

    @Test
    void unalignedRecordsAreNotCopiedEither() {
        var records = new UnalignedMemoryRecords(ByteBuffer.allocate(1000));
        Response.Send send = encode(fetched(MemoryRecords.EMPTY, records));
        assertEquals(send.size(), gather(send).remaining());
    }

    private static Response.Send encode(FetchResponseData data) {
        return ResponseEncoder.encode(new ResponseHeader(1, (short) 1), data, FETCH_VERSION);
    }

    private static FetchResponseData fetched(
            MemoryRecords first, org.apache.kafka.common.record.internal.BaseRecords second) {
        return new FetchResponseData()
                .setResponses(List.of(new FetchResponseData.FetchableTopicResponse()
                        .setTopic("topic")
                        .setPartitions(List.of(
                                new FetchResponseData.PartitionData().setRecords(first),
                                new FetchResponseData.PartitionData().setRecords(second)))));
    }

    private static ByteBuffer gather(Response.Send send) {
        var out = new ByteArrayOutputStream();
        for (ResponsePart part : send.parts()) {
            ByteBuffer bytes = ((ResponsePart.Bytes) part).buffer().duplicate();
            while (bytes.hasRemaining()) out.write(bytes.get());
        }
        return ByteBuffer.wrap(out.toByteArray());
    }
}
