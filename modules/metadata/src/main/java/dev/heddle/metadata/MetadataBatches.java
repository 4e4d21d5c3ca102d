package dev.heddle.metadata;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Makes the batches of the metadata log and of its snapshots, as KRaft writes them. Stateless: any thread may call it. */
final class MetadataBatches {

    /** No batch of the metadata log is larger, in bytes. */
    static final int MAX_BATCH_BYTES = 8 * 1024 * 1024;

    /** What a record needs around its value at most: lengths, attributes, offset, timestamp. */
    private static final int RECORD_OVERHEAD_BYTES = DefaultRecord.MAX_RECORD_OVERHEAD + 5;

    /** Room for one control batch, its voters included; the builder grows beyond it where it must. */
    private static final int CONTROL_BATCH_BYTES = 512;

    private MetadataBatches() {}

    /** One batch of framed metadata records. */
    static MemoryRecords data(long baseOffset, int epoch, long nowMs, List<ByteBuffer> frames) {
        int size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        for (ByteBuffer frame : frames) size += sizeInBatch(frame);
        return build(size, new Header(baseOffset, epoch, nowMs, false), batch -> {
            for (ByteBuffer frame : frames) batch.append(nowMs, null, frame);
        });
    }

    /** The control batch that begins a leader epoch. */
    static MemoryRecords leaderChange(long baseOffset, int epoch, long nowMs, int leaderId) {
        var voter = new LeaderChangeMessage.Voter().setVoterId(leaderId);
        var message = new LeaderChangeMessage()
                .setVersion((short) 0)
                .setLeaderId(leaderId)
                .setVoters(List.of(voter))
                .setGrantingVoters(List.of(voter.duplicate()));
        return build(
                CONTROL_BATCH_BYTES,
                new Header(baseOffset, epoch, nowMs, true),
                batch -> batch.appendLeaderChangeMessage(nowMs, message));
    }

    /**
     * The control batch that begins a snapshot.
     *
     * @param lastTimestampMs when the last record that the snapshot sums up was written
     */
    static MemoryRecords snapshotHeader(int epoch, long nowMs, long lastTimestampMs, QuorumVoters voters) {
        return build(CONTROL_BATCH_BYTES, new Header(0, epoch, nowMs, true), batch -> {
            batch.appendSnapshotHeaderMessage(
                    nowMs,
                    new SnapshotHeaderRecord().setVersion((short) 0).setLastContainedLogTimestamp(lastTimestampMs));
            if (voters.kraftVersion() == 0) return;
            batch.appendKRaftVersionMessage(
                    nowMs, new KRaftVersionRecord().setVersion((short) 0).setKRaftVersion(voters.kraftVersion()));
            if (voters.record() != null) batch.appendVotersMessage(nowMs, voters.record());
        });
    }

    /** The control batch that ends a snapshot: without it, the snapshot is not whole. */
    static MemoryRecords snapshotFooter(long baseOffset, int epoch, long nowMs) {
        return build(
                CONTROL_BATCH_BYTES,
                new Header(baseOffset, epoch, nowMs, true),
                batch -> batch.appendSnapshotFooterMessage(nowMs, new SnapshotFooterRecord().setVersion((short) 0)));
    }

    /** Splits framed records, in order, into lists that each fit a batch. */
    static List<List<ByteBuffer>> split(List<ByteBuffer> frames, int maxBatchBytes) {
        List<List<ByteBuffer>> batches = new ArrayList<>();
        int from = 0;
        int size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        for (int i = 0; i < frames.size(); i++) {
            int more = sizeInBatch(frames.get(i));
            if (i > from && size + more > maxBatchBytes) {
                batches.add(frames.subList(from, i));
                from = i;
                size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
            }
            size += more;
        }
        if (from < frames.size()) batches.add(frames.subList(from, frames.size()));
        return batches;
    }

    /** Writes a batch out as it is. Returns the offset after its last record. */
    static long write(MemoryRecords batch, ByteArrayOutputStream out) {
        ByteBuffer buffer = batch.buffer();
        out.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
        return batch.lastBatch().orElseThrow().lastOffset() + 1;
    }

    private static int sizeInBatch(ByteBuffer frame) {
        return RECORD_OVERHEAD_BYTES + frame.remaining();
    }

    private record Header(long baseOffset, int epoch, long nowMs, boolean control) {}

    private static MemoryRecords build(int size, Header header, Consumer<MemoryRecordsBuilder> content) {
        try (MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(size),
                RecordBatch.CURRENT_MAGIC_VALUE,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                header.baseOffset(),
                header.nowMs(),
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                header.control(),
                header.epoch())) {
            content.accept(builder);
            return builder.build();
        }
    }
}
