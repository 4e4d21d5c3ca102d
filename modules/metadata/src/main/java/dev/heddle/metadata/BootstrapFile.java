package dev.heddle.metadata;

import dev.heddle.common.StopBrokerException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The file {@code bootstrap.checkpoint}: the records that the first leader of an empty metadata log appends, laid out as
 * a snapshot is. The controller's starting thread uses it.
 */
final class BootstrapFile {

    private final MetadataStorage storage;

    BootstrapFile(MetadataStorage storage) {
        this.storage = storage;
    }

    /**
     * The records to begin with. Directories that were never formatted are formatted with this version's own.
     *
     * @throws StopBrokerException if the file is damaged
     */
    List<VersionedRecord> readOrFormat(long nowMs) {
        byte[] content = storage.readBootstrap();
        if (content != null) return decode(content);
        List<VersionedRecord> records = Features.bootstrapRecords();
        storage.writeBootstrap(encode(records, nowMs));
        return records;
    }

    private static byte[] encode(List<VersionedRecord> records, long nowMs) {
        var out = new ByteArrayOutputStream();
        List<ByteBuffer> frames =
                records.stream().map(MetadataRecordSerde::encode).toList();
        long offset = MetadataBatches.write(MetadataBatches.snapshotHeader(0, nowMs, 0, QuorumVoters.STATIC), out);
        offset = MetadataBatches.write(MetadataBatches.data(offset, 0, nowMs, frames), out);
        MetadataBatches.write(MetadataBatches.snapshotFooter(offset, 0, nowMs), out);
        return out.toByteArray();
    }

    private static List<VersionedRecord> decode(byte[] content) {
        List<VersionedRecord> records = new ArrayList<>();
        try {
            for (RecordBatch batch :
                    MemoryRecords.readableRecords(ByteBuffer.wrap(content)).batches()) {
                batch.ensureValid();
                if (batch.isControlBatch()) continue;
                for (Record record : batch) {
                    records.add(MetadataRecordSerde.decode(Objects.requireNonNull(record.value())));
                }
            }
        } catch (IllegalStateException | KafkaException e) {
            throw new StopBrokerException("The file bootstrap.checkpoint is damaged: " + e.getMessage(), e);
        }
        if (records.isEmpty()) throw new StopBrokerException("The file bootstrap.checkpoint holds no records");
        return records;
    }
}
