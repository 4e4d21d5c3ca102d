package dev.heddle.metadata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.ControlRecordUtils;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Turns the batches of a snapshot or of the log into an image: it opens frames, resolves metadata transactions (KIP-868)
 * and takes in control records. One thread uses it, at start-up.
 */
final class MetadataReplay {

    private final MetadataDelta delta;
    private final List<ApiMessage> transaction = new ArrayList<>();
    private boolean inTransaction;
    private boolean finished;
    private long lastOffset;
    private int lastEpoch;
    private long lastTimestampMs;
    private long snapshotTimestampMs = -1;
    private QuorumVoters voters;

    MetadataReplay(MetadataImage image, QuorumVoters voters) {
        delta = new MetadataDelta(image);
        this.voters = voters;
        lastOffset = image.offset();
        lastEpoch = image.epoch();
        lastTimestampMs = image.timestampMs();
    }

    /**
     * Takes in a batch.
     *
     * @throws IllegalStateException if its records cannot be read or do not fit
     */
    void accept(RecordBatch batch) {
        if (batch.isControlBatch()) {
            for (Record record : batch) control(record);
        } else {
            for (Record record : batch) data(record);
        }
        lastOffset = batch.lastOffset();
        lastEpoch = batch.partitionLeaderEpoch();
        lastTimestampMs = batch.maxTimestamp();
    }

    private void control(Record record) {
        switch (ControlRecordType.parse(record.key())) {
            case SNAPSHOT_HEADER ->
                snapshotTimestampMs = ControlRecordUtils.deserializeSnapshotHeaderRecord(record)
                        .lastContainedLogTimestamp();
            case SNAPSHOT_FOOTER -> finished = true;
            case KRAFT_VERSION ->
                voters = voters.withKraftVersion(
                        ControlRecordUtils.deserializeKRaftVersionRecord(record).kRaftVersion());
            case KRAFT_VOTERS -> voters = voters.withVoters(ControlRecordUtils.deserializeVotersRecord(record));
            // An epoch begins: the batch itself says which. The others belong to no metadata log and change nothing.
            case LEADER_CHANGE, ABORT, COMMIT, UNKNOWN -> {}
        }
    }

    private void data(Record record) {
        ByteBuffer value = Objects.requireNonNull(record.value(), "A metadata record has no value");
        ApiMessage message = MetadataRecordSerde.decode(value).record();
        if (message instanceof BeginTransactionRecord) {
            if (inTransaction) throw new IllegalStateException("A metadata transaction begins inside another");
            inTransaction = true;
        } else if (message instanceof EndTransactionRecord) {
            end().forEach(delta::replay);
        } else if (message instanceof AbortTransactionRecord) {
            end();
        } else if (inTransaction) {
            transaction.add(message);
        } else {
            delta.replay(message);
        }
    }

    private List<ApiMessage> end() {
        if (!inTransaction) throw new IllegalStateException("A metadata transaction ends that never began");
        List<ApiMessage> records = List.copyOf(transaction);
        transaction.clear();
        inTransaction = false;
        return records;
    }

    /** Whether a transaction was begun and not ended. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** Whether the footer of a snapshot was seen. */
    boolean finished() {
        return finished;
    }

    QuorumVoters voters() {
        return voters;
    }

    /** The image up to the last batch of the log. */
    MetadataImage image() {
        return delta.apply(lastOffset, lastEpoch, lastTimestampMs);
    }

    /** The image of a snapshot. */
    MetadataImage imageOf(SnapshotId id) {
        return delta.apply(id.offset() - 1, id.epoch(), snapshotTimestampMs);
    }
}
