package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/** Reads and writes the files described in {@link ProducerSnapshotLayout}. Any thread may call it. */
final class ProducerSnapshotFile {

    private ProducerSnapshotFile() {}

    static List<ProducerStateEntry> read(FileSystemCalls files, Path file) throws IOException, CorruptFileException {
        ByteBuffer in = ByteBuffer.wrap(FileIo.readAll(files, file));
        if (in.limit() < ProducerSnapshotLayout.ENTRIES) throw new CorruptFileException(file, "it is too short");
        short version = in.getShort(ProducerSnapshotLayout.VERSION);
        if (version != ProducerSnapshotLayout.CURRENT_VERSION) {
            throw new CorruptFileException(file, "unknown version " + version);
        }
        int crc = in.getInt(ProducerSnapshotLayout.CRC);
        if (crc != crc(in)) throw new CorruptFileException(file, "its CRC is wrong");
        int count = in.getInt(ProducerSnapshotLayout.COUNT);
        int room = (in.limit() - ProducerSnapshotLayout.ENTRIES) / ProducerSnapshotLayout.ENTRY_SIZE;
        if (count < 0 || count > room) throw new CorruptFileException(file, count + " entries in room for " + room);
        var producers = new LinkedHashMap<Long, ProducerStateEntry>();
        for (int i = 0; i < count; i++) {
            ProducerStateEntry next =
                    decode(in, ProducerSnapshotLayout.ENTRIES + i * ProducerSnapshotLayout.ENTRY_SIZE);
            ProducerStateEntry before = producers.put(next.producerId(), next);
            if (before != null) next.rememberBatchesOf(before);
        }
        return List.copyOf(producers.values());
    }

    /**
     * Writes a snapshot; if that fails there is none.
     *
     * @param sync whether to return only when the file, and that it exists, are durable
     */
    static void write(FileSystemCalls files, Path file, Collection<ProducerStateEntry> entries, boolean sync)
            throws IOException {
        ByteBuffer content = encode(entries);
        try (FileChannel channel = files.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            FileIo.writeFully(channel, content, 0);
            if (sync) channel.force(true);
        } catch (IOException e) {
            FileIo.deleteAfter(e, files, file);
            throw e;
        }
        if (sync) FileIo.syncDirectory(files, FileIo.parentOf(file));
    }

    private static ByteBuffer encode(Collection<ProducerStateEntry> entries) {
        int count =
                entries.stream().mapToInt(entry -> entry.batchesOrNone().size()).reduce(0, Math::addExact);
        ByteBuffer out = ByteBuffer.allocate(Math.addExact(
                ProducerSnapshotLayout.ENTRIES, Math.multiplyExact(count, ProducerSnapshotLayout.ENTRY_SIZE)));
        out.putShort(ProducerSnapshotLayout.VERSION, ProducerSnapshotLayout.CURRENT_VERSION);
        out.putInt(ProducerSnapshotLayout.COUNT, count);
        int at = ProducerSnapshotLayout.ENTRIES;
        for (ProducerStateEntry entry : entries) {
            for (ProducerStateEntry.Batch batch : entry.batchesOrNone()) {
                encode(entry, batch, out, at);
                at += ProducerSnapshotLayout.ENTRY_SIZE;
            }
        }
        out.putInt(ProducerSnapshotLayout.CRC, crc(out));
        return out;
    }

    private static void encode(ProducerStateEntry entry, ProducerStateEntry.Batch batch, ByteBuffer out, int at) {
        out.putLong(at + ProducerSnapshotLayout.PRODUCER_ID, entry.producerId());
        out.putShort(at + ProducerSnapshotLayout.PRODUCER_EPOCH, entry.producerEpoch());
        out.putInt(at + ProducerSnapshotLayout.LAST_SEQUENCE, batch.lastSequence());
        out.putLong(at + ProducerSnapshotLayout.LAST_OFFSET, batch.lastOffset());
        out.putInt(at + ProducerSnapshotLayout.OFFSET_DELTA, batch.offsetDelta());
        out.putLong(at + ProducerSnapshotLayout.TIMESTAMP, batch.timestamp());
        out.putInt(at + ProducerSnapshotLayout.COORDINATOR_EPOCH, entry.coordinatorEpoch());
        out.putLong(
                at + ProducerSnapshotLayout.CURRENT_TXN_FIRST_OFFSET,
                entry.currentTxnFirstOffset().orElse(-1));
    }

    private static ProducerStateEntry decode(ByteBuffer in, int at) {
        short epoch = in.getShort(at + ProducerSnapshotLayout.PRODUCER_EPOCH);
        long timestamp = in.getLong(at + ProducerSnapshotLayout.TIMESTAMP);
        long txnFirstOffset = in.getLong(at + ProducerSnapshotLayout.CURRENT_TXN_FIRST_OFFSET);
        var entry = new ProducerStateEntry(
                in.getLong(at + ProducerSnapshotLayout.PRODUCER_ID),
                epoch,
                in.getInt(at + ProducerSnapshotLayout.COORDINATOR_EPOCH),
                timestamp,
                txnFirstOffset >= 0 ? OptionalLong.of(txnFirstOffset) : OptionalLong.empty());
        long lastOffset = in.getLong(at + ProducerSnapshotLayout.LAST_OFFSET);
        if (lastOffset >= 0) {
            int lastSequence = in.getInt(at + ProducerSnapshotLayout.LAST_SEQUENCE);
            long firstOffset = lastOffset - in.getInt(at + ProducerSnapshotLayout.OFFSET_DELTA);
            entry.addBatch(epoch, lastSequence, firstOffset, lastOffset, timestamp);
        }
        return entry;
    }

    private static int crc(ByteBuffer content) {
        var crc = new CRC32C();
        crc.update(content.array(), ProducerSnapshotLayout.COUNT, content.limit() - ProducerSnapshotLayout.COUNT);
        return (int) crc.getValue();
    }
}
