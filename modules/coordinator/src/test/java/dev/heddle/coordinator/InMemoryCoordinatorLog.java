package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendTerms;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator's partition in memory. Any thread may call it. Appends can be made to fail, and commits to be held back.
 */
final class InMemoryCoordinatorLog implements CoordinatorLog {

    private final List<byte[]> batches = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();
    private final List<Integer> batchSizes = new ArrayList<>();
    private long endOffset;
    private long startOffset;
    private volatile boolean commitsHeld;
    private volatile @Nullable Errors appendError;
    private volatile int maxBatchBytes = 1024 * 1024;

    @Override
    public long append(MemoryRecords records, AppendTerms terms) {
        Errors error = appendError;
        if (error != null) throw new AnswerException(error);
        if (records.sizeInBytes() > maxBatchBytes) throw new AnswerException(Errors.MESSAGE_TOO_LARGE);
        lock.lock();
        try {
            long first = endOffset;
            for (MutableRecordBatch batch : records.batches()) {
                int count = batch.countOrNull();
                batch.setLastOffset(endOffset + count - 1);
                endOffset += count;
                batchSizes.add(count);
            }
            ByteBuffer bytes = records.buffer().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            batches.add(copy);
            return first;
        } finally {
            lock.unlock();
        }
    }

    void append(SimpleRecord... records) {
        append(MemoryRecords.withRecords(Compression.NONE, records));
    }

    @Override
    public boolean awaitCommitted(long end, Waiter waiter, long deadlineNanos) {
        waiting.add(waiter);
        try {
            while (commitsHeld) {
                if (waiter.await(deadlineNanos) != Waiter.Outcome.WOKEN) return !commitsHeld;
            }
            return true;
        } finally {
            waiting.remove(waiter);
        }
    }

    @Override
    public MemoryRecords read(long offset, int maxBytes) {
        lock.lock();
        try {
            for (byte[] bytes : batches) {
                var records = MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
                for (MutableRecordBatch batch : records.batches()) {
                    if (batch.lastOffset() >= offset) return records;
                }
            }
            return MemoryRecords.EMPTY;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int leaderEpoch() {
        return 7;
    }

    @Override
    public long startOffset() {
        lock.lock();
        try {
            return startOffset;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void deleteBefore(long offset) {
        lock.lock();
        try {
            startOffset = offset;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long endOffset() {
        lock.lock();
        try {
            return endOffset;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int maxBatchBytes() {
        return maxBatchBytes;
    }

    // ---- what tests do to it ----

    void failAppends(@Nullable Errors error) {
        appendError = error;
    }

    void holdCommits() {
        commitsHeld = true;
    }

    void releaseCommits() {
        commitsHeld = false;
        waiting.forEach(Waiter::wake);
    }

    void limitBatches(int bytes) {
        maxBatchBytes = bytes;
    }

    /** How many records each batch holds, in order. */
    List<Integer> batchSizes() {
        return List.copyOf(batchSizes);
    }

    /** Everything in it, decoded. */
    List<GroupRecord> records() {
        var decoded = new ArrayList<GroupRecord>();
        forEachRecord(record -> decoded.add(GroupRecords.decode(record.key(), record.value(), record.offset())));
        return decoded;
    }

    void forEachRecord(Consumer<Record> action) {
        lock.lock();
        try {
            for (byte[] bytes : batches) {
                MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).records().forEach(action);
            }
        } finally {
            lock.unlock();
        }
    }

    GroupRecord lastRecord() {
        return records().getLast();
    }
}
