package dev.heddle.metadata;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots in the directory of the metadata log. Any thread may call it.
 *
 * <p>A snapshot is a sequence of batches with offsets of its own, from 0 on: a control batch with the header, the records
 * that make the image, a control batch with the footer. It is written under another name, synced, and renamed.
 */
final class SnapshotFiles {

    static final String PARTIAL_SUFFIX = ".part";

    private static final String DELETED_SUFFIX = ".checkpoint.deleted";
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);

    private final MetadataStorage storage;

    SnapshotFiles(MetadataStorage storage) {
        this.storage = storage;
    }

    /** A snapshot that was read. */
    record Loaded(SnapshotId id, MetadataImage image, QuorumVoters voters) {}

    /** The snapshots there are, oldest first. */
    NavigableSet<SnapshotId> list() {
        NavigableSet<SnapshotId> ids = new TreeSet<>();
        for (String name : storage.list()) SnapshotId.parse(name).ifPresent(ids::add);
        return ids;
    }

    /** Removes what a crash, or Apache Kafka, left behind: half-written snapshots and those marked for deletion. */
    void removeLeftovers() {
        for (String name : storage.list()) {
            if (name.endsWith(".checkpoint" + PARTIAL_SUFFIX) || name.endsWith(DELETED_SUFFIX)) {
                LOG.info("Removing a leftover of the metadata log: file={}", name);
                storage.delete(name);
            }
        }
    }

    /** Writes a snapshot of the image. Returns its size in bytes. */
    int write(MetadataImage image, QuorumVoters voters, long nowMs) {
        var id = new SnapshotId(image.offset() + 1, image.epoch());
        byte[] content = encode(image, voters, nowMs);
        storage.replace(id.fileName(), id.partialFileName(), content);
        return content.length;
    }

    private static byte[] encode(MetadataImage image, QuorumVoters voters, long nowMs) {
        var out = new ByteArrayOutputStream();
        long offset = MetadataBatches.write(
                MetadataBatches.snapshotHeader(image.epoch(), nowMs, image.timestampMs(), voters), out);
        List<ByteBuffer> frames =
                ImageRecords.of(image).map(MetadataRecordSerde::encode).toList();
        for (List<ByteBuffer> batch : MetadataBatches.split(frames, MetadataBatches.MAX_BATCH_BYTES)) {
            offset = MetadataBatches.write(MetadataBatches.data(offset, image.epoch(), nowMs, batch), out);
        }
        MetadataBatches.write(MetadataBatches.snapshotFooter(offset, image.epoch(), nowMs), out);
        return out.toByteArray();
    }

    /** Reads a snapshot; empty if it is damaged, which is logged. */
    Optional<Loaded> load(SnapshotId id) {
        byte[] content = storage.read(id.fileName());
        if (content == null) return Optional.empty();
        try {
            var replay = new MetadataReplay(MetadataImage.EMPTY, QuorumVoters.STATIC);
            for (RecordBatch batch :
                    MemoryRecords.readableRecords(ByteBuffer.wrap(content)).batches()) {
                batch.ensureValid();
                replay.accept(batch);
            }
            if (!replay.finished()) throw new IllegalStateException("it has no footer");
            return Optional.of(new Loaded(id, replay.imageOf(id), replay.voters()));
        } catch (IllegalStateException | KafkaException e) {
            LOG.error("A snapshot of the metadata is damaged: file={} reason={}", id.fileName(), e.getMessage());
            return Optional.empty();
        }
    }

    long size(SnapshotId id) {
        return storage.size(id.fileName());
    }

    void delete(SnapshotId id) {
        LOG.info("Deleting a snapshot of the metadata: file={}", id.fileName());
        storage.delete(id.fileName());
    }
}
