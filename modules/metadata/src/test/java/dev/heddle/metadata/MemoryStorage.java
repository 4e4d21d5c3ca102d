package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Storage in memory that keeps apart what is on disk and what is not, can refuse, and can lose power at any of its steps.
 * One thread uses it.
 */
final class MemoryStorage implements MetadataStorage {

    static final String CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw";

    final Map<String, byte[]> files = new TreeMap<>();
    MemoryLog log = new MemoryLog();
    byte @Nullable [] bootstrap;

    /** How many more steps succeed before the power goes; -1: it never does. */
    int stepsUntilPowerCut = -1;

    int steps;

    private void step() {
        steps++;
        if (stepsUntilPowerCut == 0) throw new PowerCut();
        if (stepsUntilPowerCut > 0) stepsUntilPowerCut--;
    }

    /** What is there after the power came back. */
    MemoryStorage afterPowerCut(boolean keepsUnsyncedBatches) {
        var next = new MemoryStorage();
        next.files.putAll(files);
        next.bootstrap = bootstrap;
        next.log = log.copy(next, keepsUnsyncedBatches);
        return next;
    }

    @Override
    public String clusterId() {
        return CLUSTER_ID;
    }

    @Override
    public Log openLog() {
        log.storage = this;
        return log;
    }

    @Override
    public byte @Nullable [] read(String name) {
        return files.get(name);
    }

    @Override
    public void replace(String name, String temporary, byte[] content) {
        files.put(temporary, Arrays.copyOf(content, content.length / 2));
        step();
        files.put(temporary, content);
        step();
        files.remove(temporary);
        files.put(name, content);
        step();
    }

    @Override
    public List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public long size(String name) {
        return files.get(name).length;
    }

    @Override
    public void delete(String name) {
        step();
        files.remove(name);
    }

    @Override
    public byte @Nullable [] readBootstrap() {
        return bootstrap;
    }

    @Override
    public void writeBootstrap(byte[] content) {
        step();
        bootstrap = content;
    }

    /** Batches, of which only the first {@code synced} survive a power cut for sure. */
    static final class MemoryLog implements Log {

        private final List<byte[]> batches = new ArrayList<>();
        private long start;
        private long end;
        private int synced;
        private OptionalInt epoch = OptionalInt.empty();
        private @Nullable MemoryStorage storage;
        long committed;
        boolean closed;

        boolean full;
        boolean refusesAppends;
        boolean refusesFlushes;
        boolean refusesTruncation;
        boolean hangs;

        MemoryLog copy(MemoryStorage owner, boolean keepsUnsyncedBatches) {
            var copy = new MemoryLog();
            copy.storage = owner;
            copy.start = start;
            copy.end = start;
            batches.subList(0, keepsUnsyncedBatches ? batches.size() : synced).forEach(copy::add);
            copy.synced = copy.batches.size();
            return copy;
        }

        /** As a log that was written elsewhere. */
        static MemoryLog of(byte[] file) {
            var log = new MemoryLog();
            for (RecordBatch batch :
                    MemoryRecords.readableRecords(ByteBuffer.wrap(file)).batches()) {
                ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
                batch.writeTo(bytes);
                log.add(bytes.array());
            }
            log.synced = log.batches.size();
            return log;
        }

        private void add(byte[] batch) {
            batches.add(batch);
            RecordBatch read = batchOf(batch);
            end = read.nextOffset();
            epoch = OptionalInt.of(read.partitionLeaderEpoch());
        }

        private static RecordBatch batchOf(byte[] batch) {
            return MemoryRecords.readableRecords(ByteBuffer.wrap(batch))
                    .batches()
                    .iterator()
                    .next();
        }

        int batchCount() {
            return batches.size();
        }

        /** Damages the last batch. */
        void corruptLast() {
            byte[] last = batches.getLast();
            last[last.length - 1]++;
        }

        private void step() {
            if (storage != null) storage.step();
        }

        @Override
        public long startOffset() {
            return start;
        }

        @Override
        public long endOffset() {
            return end;
        }

        @Override
        public long sizeInBytes() {
            return batches.stream().mapToLong(batch -> batch.length).sum();
        }

        @Override
        public OptionalInt latestEpoch() {
            return epoch;
        }

        @Override
        public void beginEpoch(int newEpoch) {
            step();
            epoch = OptionalInt.of(newEpoch);
        }

        @Override
        public MemoryRecords read(long offset) {
            for (byte[] batch : batches) {
                if (batchOf(batch).lastOffset() >= offset) {
                    return MemoryRecords.readableRecords(ByteBuffer.wrap(batch));
                }
            }
            return MemoryRecords.EMPTY;
        }

        @Override
        public void append(MemoryRecords batch, int newEpoch, boolean useReserve) {
            step();
            if (refusesAppends) throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "no append");
            ByteBuffer bytes = batch.buffer();
            var copy = new byte[bytes.remaining()];
            bytes.get(bytes.position(), copy);
            RecordBatch read = batchOf(copy);
            if (read.baseOffset() != end || read.partitionLeaderEpoch() != newEpoch) {
                throw new IllegalStateException("A batch of offset " + read.baseOffset() + " at " + end);
            }
            add(copy);
            step();
        }

        @Override
        public boolean hasRoom() {
            return !full;
        }

        @Override
        public boolean awaitDurable(long endOffset, Waiter waiter, long deadlineNanos) {
            if (hangs) return waiter.await(deadlineNanos) == Waiter.Outcome.WOKEN;
            if (refusesFlushes) throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "no flush");
            step();
            synced = batches.size();
            step();
            return true;
        }

        @Override
        public void commit(long offset) {
            committed = offset;
        }

        @Override
        public void truncateTo(long offset) {
            if (refusesTruncation) throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "no truncation");
            while (!batches.isEmpty() && batchOf(batches.getLast()).baseOffset() >= offset) batches.removeLast();
            end = offset;
            synced = Math.min(synced, batches.size());
        }

        @Override
        public void restartAt(long offset) {
            batches.clear();
            start = offset;
            end = offset;
            synced = 0;
        }

        @Override
        public void deleteBefore(long offset) {
            step();
            while (!batches.isEmpty() && batchOf(batches.getFirst()).lastOffset() < offset) {
                batches.removeFirst();
                synced--;
            }
            start = Math.max(start, offset);
            step();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
