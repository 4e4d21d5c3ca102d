package dev.heddle.coordinator.delivery;

import dev.heddle.coordinator.delivery.Run.Batch;
import dev.heddle.coordinator.delivery.Run.Hold;
import dev.heddle.log.AbortedTxn;
import dev.heddle.log.SlicedBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;

/**
 * One member takes records that were read from the log. Belongs to one thread, which holds the lock of
 * {@link SharePartition}.
 *
 * <p>For maintainers: it goes through the offsets that were read, which are of three kinds. <em>New</em> ones are taken in
 * whole batches of the log, so that a member can answer for a batch at a time; this is why it may be given somewhat more
 * than it asked for. <em>Known</em> ones were delivered before and have come back: what was delivered together is delivered
 * together again. The rest is somebody's, done with, or a gap.
 *
 * <p>A record that nobody can process would take its whole batch with it, attempt by attempt. Therefore, from half of the
 * attempts on, ever smaller parts of a batch are delivered, nothing else with them, and a record's last attempt is its own.
 */
final class Acquisition {

    /**
     * What a member may take.
     *
     * @param hold who it is, and until when it may keep the records
     * @param recordLimit take no record more than {@code maxRecords}, even if that divides a batch (KIP-1206)
     * @param batchSize how many records are answered for together
     * @param maxInFlight how many offsets of the partition may be in flight
     */
    record Terms(Hold hold, boolean recordLimit, int batchSize, int maxRecords, int maxDeliveryCount, int maxInFlight) {

        /** From so many deliveries on, less is delivered at once. */
        int throttledFrom() {
            return Math.max(2, (maxDeliveryCount + 1) / 2);
        }

        boolean isLastAttempt(Run run) {
            return maxDeliveryCount > 2 && run.deliveryCount() == maxDeliveryCount - 1;
        }
    }

    private final Runs runs;
    private final Terms terms;
    private final List<SlicedBatch> log;
    private final List<AcquiredRecords> acquired = new ArrayList<>();
    private final List<Long> newBatchSizes = new ArrayList<>();
    private long count;
    private long limit;

    /** @param log the batches that were read, at least one */
    Acquisition(Runs runs, Terms terms, List<SlicedBatch> log) {
        this.runs = runs;
        this.terms = terms;
        this.log = log;
    }

    /**
     * Takes what it can.
     *
     * @param fetchOffset where the log was read from; between it and the first batch there is no record
     * @param aborted transactions whose records are not to be delivered
     */
    List<AcquiredRecords> acquire(long fetchOffset, List<AbortedTxn> aborted) {
        long first = log.getFirst().baseOffset();
        long last = log.getLast().lastOffset();
        limit = Math.min(terms.maxRecords, terms.maxInFlight - runs.size());
        if (limit <= 0) {
            // What is in flight already may be taken again; it does not become more.
            if (fetchOffset >= runs.next()) return acquired;
            limit = Math.min(terms.maxRecords, runs.next() - fetchOffset);
            last = Math.min(last, runs.next() - 1);
        }
        closeGap(fetchOffset, first - 1);
        take(Math.max(first, runs.start()), last);
        for (SlicedBatch batch : log) if (isAborted(batch, aborted)) withdraw(batch.baseOffset(), batch.lastOffset());
        return acquired;
    }

    /** How many offsets each of the batches has that are in flight for the first time. */
    List<Long> newBatchSizes() {
        return newBatchSizes;
    }

    /** The log has no records here any more, or never had. */
    private void closeGap(long first, long last) {
        runs.replace(first, last, run -> {
            if (run.isUnknown()) return Run.gap(run.first(), run.last());
            return run.isAvailable() ? run.become(DeliveryState.ARCHIVED) : run;
        });
        if (runs.next() > last) return;
        runs.append(Run.gap(runs.next(), last));
        runs.trim();
    }

    private void take(long first, long last) {
        long at = first;
        while (at <= last && count < limit) {
            if (at >= runs.next()) {
                at = takeNew(at, last);
                continue;
            }
            Run run = runs.at(at);
            Batch batch = run.batch();
            if (run.isUnknown()) {
                at = takeNew(at, Math.min(run.last(), last));
            } else if (batch == null) {
                at = run.last() + 1;
            } else {
                if (!takeAgain(batch, at, Math.min(batch.last(), last))) return;
                at = batch.last() + 1;
            }
        }
    }

    /** @return the first offset behind what was taken */
    private long takeNew(long first, long end) {
        long wanted = limit - count;
        long last = wanted < end - first + 1 ? Math.min(end, endOfBatchAt(first + wanted - 1)) : end;
        if (terms.recordLimit) takeExactly(first, Math.min(last, first + wanted - 1), last);
        else takeBatches(first, last);
        return last + 1;
    }

    private long endOfBatchAt(long offset) {
        for (SlicedBatch batch : log) {
            if (batch.baseOffset() > offset) break;
            if (batch.lastOffset() >= offset) return batch.lastOffset();
        }
        return offset;
    }

    private void takeExactly(long first, long lastTaken, long last) {
        Batch batch = new Batch(first, last);
        put(Run.acquired(first, lastTaken, batch, terms.hold));
        if (lastTaken < last) put(Run.of(lastTaken + 1, last, batch, DeliveryState.AVAILABLE, 0));
        newBatchSizes.add(batch.size());
        deliver(first, lastTaken, 1);
    }

    private void takeBatches(long first, long last) {
        long from = first;
        for (SlicedBatch batch : log) {
            if (batch.baseOffset() > last) break;
            if (batch.baseOffset() - from < terms.batchSize) continue;
            takeBatch(from, batch.baseOffset() - 1);
            from = batch.baseOffset();
        }
        takeBatch(from, last);
    }

    private void takeBatch(long first, long last) {
        Batch batch = new Batch(first, last);
        put(Run.acquired(first, last, batch, terms.hold));
        newBatchSizes.add(batch.size());
        deliver(first, last, 1);
    }

    private void put(Run run) {
        if (run.first() == runs.next()) runs.append(run);
        else runs.replace(run.first(), run.last(), part -> run.between(part.first(), part.last()));
    }

    /** @return false if nothing more is to be delivered with it */
    private boolean takeAgain(Batch batch, long first, long last) {
        List<Run> free =
                runs.between(first, last).stream().filter(Run::isAvailable).toList();
        boolean throttled = free.stream().anyMatch(this::isThrottled);
        if (throttled && count > 0) return false;
        long allowed = terms.recordLimit ? limit - count : Long.MAX_VALUE;
        long taken = 0;
        boolean limited = false;
        for (Run run : free) {
            boolean alone = terms.isLastAttempt(run);
            if (isThrottled(run) && !limited) {
                allowed = Math.min(allowed, throttledSize(batch, run));
                limited = true;
            }
            long size = Math.min(run.size(), alone ? 1 : allowed - taken);
            if (size <= 0 || (alone && taken > 0)) break;
            takeAgain(run.between(run.first(), run.first() + size - 1), taken > 0);
            taken += size;
            if (alone) break;
        }
        return !throttled || taken == 0;
    }

    private boolean isThrottled(Run run) {
        return run.deliveryCount() >= terms.throttledFrom();
    }

    private long throttledSize(Batch batch, Run run) {
        return Math.max(1, batch.size() >> (run.deliveryCount() - terms.throttledFrom() + 1));
    }

    private void takeAgain(Run run, boolean sameBatch) {
        runs.replace(run.first(), run.last(), part -> part.acquiredAgain(terms.hold));
        int deliveryCount = run.deliveryCount() + 1;
        AcquiredRecords before = sameBatch ? acquired.getLast() : null;
        if (before != null && before.lastOffset() + 1 == run.first() && before.deliveryCount() == deliveryCount) {
            before.setLastOffset(run.last());
            count += run.size();
        } else {
            deliver(run.first(), run.last(), deliveryCount);
        }
    }

    private void deliver(long first, long last, int deliveryCount) {
        acquired.add(
                new AcquiredRecords().setFirstOffset(first).setLastOffset(last).setDeliveryCount((short)
                        deliveryCount));
        count += last - first + 1;
    }

    private static boolean isAborted(SlicedBatch batch, List<AbortedTxn> aborted) {
        if (!batch.transactionalData()) return false;
        for (AbortedTxn transaction : aborted) {
            if (transaction.producerId() == batch.producerId()
                    && transaction.firstOffset() <= batch.baseOffset()
                    && batch.lastOffset() < transaction.lastOffset()) return true;
        }
        return false;
    }

    /** Nobody is to see these records. */
    private void withdraw(long first, long last) {
        runs.replace(first, last, run -> terms.hold.equals(run.hold()) ? run.become(DeliveryState.ARCHIVED) : run);
        List<AcquiredRecords> kept = new ArrayList<>();
        for (AcquiredRecords records : acquired) {
            if (records.lastOffset() < first || records.firstOffset() > last) {
                kept.add(records);
                continue;
            }
            if (records.firstOffset() < first) kept.add(records.duplicate().setLastOffset(first - 1));
            if (records.lastOffset() > last) kept.add(records.duplicate().setFirstOffset(last + 1));
        }
        acquired.clear();
        acquired.addAll(kept);
    }
}
