package dev.heddle.app;

import dev.heddle.log.AbortedTxn;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.PartitionLog;
import dev.heddle.log.ReadResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Everything that a log holds, read and verified batch by batch. One thread uses it.
 *
 * <p>What is wrong with the log in itself is found here: a checksum, an order of offsets, a list of aborted transactions.
 */
final class LogContent {

    private static final int READ_BYTES = 1 << 20;

    /** A record at its offset. */
    interface Visitor {
        void record(long offset, Record record, RecordBatch batch);
    }

    private final PartitionLog log;
    private final Visitor visitor;

    /** What has which offset: a record's id, -1 for a control record. */
    final TreeMap<Long, Long> ids = new TreeMap<>();

    /** The open transactions, by producer, with their first offsets. */
    final Map<Long, Long> open = new LinkedHashMap<>();

    /** Every end of a transaction, in order: the producer and whether it was aborted. */
    final List<Map.Entry<Long, Boolean>> ends = new ArrayList<>();

    private final Set<String> aborted = new LinkedHashSet<>();
    private final boolean contiguous;

    /** @param contiguous whether no offset may be missing */
    LogContent(PartitionLog log, boolean contiguous, Visitor visitor) {
        this.log = log;
        this.contiguous = contiguous;
        this.visitor = visitor;
    }

    /** Reads everything. */
    void read() throws IOException {
        long start = log.logStartOffset();
        long next = start;
        while (next < log.logEndOffset()) {
            long before = next;
            ReadResult result = log.read(next, READ_BYTES, FetchIsolation.LOG_END, true);
            for (RecordBatch batch : result.records().records().batches()) next = take(batch, start, next);
            if (next == before) next = endOfNothing(next);
        }
        if (next != log.logEndOffset()) throw fault("it ends at " + next);
        compareAborted(start);
        compareStable();
    }

    /** Where the cleaner has been, the end of the log may lie behind the end of its records. */
    private long endOfNothing(long from) {
        if (contiguous) throw fault("there is nothing to read at offset " + from);
        return log.logEndOffset();
    }

    private AssertionError fault(String what) {
        return new AssertionError(log + ": " + what);
    }

    private long take(RecordBatch batch, long start, long next) {
        try {
            batch.ensureValid();
        } catch (RuntimeException e) {
            throw new AssertionError(log + ": torn at " + batch.baseOffset(), e);
        }
        long expected = next;
        for (Record record : batch) {
            if (record.offset() < start) continue;
            if (record.offset() < expected || contiguous && record.offset() != expected) {
                throw fault("offset " + record.offset() + " instead of " + expected);
            }
            expected = record.offset() + 1;
            if (batch.isControlBatch()) end(batch, record);
            else visit(batch, record);
        }
        return batch.nextOffset();
    }

    private void visit(RecordBatch batch, Record record) {
        ids.put(record.offset(), SentRecord.of(record).id());
        if (batch.isTransactional()) open.putIfAbsent(batch.producerId(), record.offset());
        visitor.record(record.offset(), record, batch);
    }

    private void end(RecordBatch batch, Record record) {
        ids.put(record.offset(), -1L);
        boolean abort = ControlRecordType.parse(record.key()) == ControlRecordType.ABORT;
        ends.add(Map.entry(batch.producerId(), abort));
        Long first = open.remove(batch.producerId());
        // What lies behind the last stable offset nobody is told of yet.
        if (abort && first != null && first < log.lastStableOffset())
            aborted.add(batch.producerId() + " " + first + " " + record.offset());
    }

    private void compareAborted(long start) throws IOException {
        var listed = new LinkedHashSet<String>();
        long next = start;
        while (next < log.lastStableOffset()) {
            ReadResult result = log.read(next, READ_BYTES, FetchIsolation.TXN_COMMITTED, true);
            for (AbortedTxn txn : result.abortedTransactions()) {
                if (txn.firstOffset() >= start && txn.firstOffset() < log.lastStableOffset())
                    listed.add(txn.producerId() + " " + txn.firstOffset() + " " + txn.lastOffset());
            }
            next = endOf(result, next);
        }
        if (contiguous && !listed.equals(aborted)) throw fault("aborted: " + aborted + ", listed: " + listed);
    }

    private long endOf(ReadResult result, long from) throws IOException {
        long next = from;
        for (RecordBatch batch : result.records().records().batches()) next = batch.nextOffset();
        return next == from ? endOfNothing(from) : next;
    }

    private void compareStable() {
        long first = open.values().stream().mapToLong(Long::longValue).min().orElse(log.highWatermark());
        if (log.lastStableOffset() != first) {
            throw fault("its last stable offset is " + log.lastStableOffset() + " and should be " + first);
        }
    }
}
