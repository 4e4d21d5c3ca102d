package dev.heddle.coordinator.delivery;

import dev.heddle.log.AbortedTxn;
import dev.heddle.log.SlicedBatch;
import java.util.ArrayList;
import java.util.List;

/** Batches of a log without the records, with gaps, and with records of aborted transactions. One thread uses it. */
final class TestLog {

    private static final int BYTES = 100;
    private static final long PRODUCER = 7;

    private final List<SlicedBatch> batches = new ArrayList<>();
    private final List<AbortedTxn> aborted = new ArrayList<>();

    /** Adds a batch. */
    TestLog batch(long base, long last) {
        return add(base, last, false);
    }

    /** Adds a batch of a transaction that was aborted; its marker comes right behind it. */
    TestLog abortedBatch(long base, long last) {
        aborted.add(new AbortedTxn(PRODUCER, base, last + 1, base));
        return add(base, last, true);
    }

    /** Adds a batch of a transaction that was committed. */
    TestLog committedBatch(long base, long last) {
        return add(base, last, true);
    }

    private TestLog add(long base, long last, boolean transactional) {
        batches.add(new SlicedBatch(0, BYTES, base, last, transactional ? PRODUCER : -1, transactional));
        return this;
    }

    /** Takes a batch out, as compaction does. */
    void remove(int index) {
        batches.remove(index);
    }

    int size() {
        return batches.size();
    }

    long end() {
        return batches.isEmpty() ? 0 : batches.getLast().lastOffset() + 1;
    }

    List<AbortedTxn> aborted() {
        return aborted;
    }

    /** At most so many batches from the one that holds the offset, or the next behind it. */
    List<SlicedBatch> read(long offset, int maxBatches) {
        return batches.stream()
                .filter(batch -> batch.lastOffset() >= offset)
                .limit(maxBatches)
                .toList();
    }

    List<SlicedBatch> read(long offset) {
        return read(offset, Integer.MAX_VALUE);
    }
}
