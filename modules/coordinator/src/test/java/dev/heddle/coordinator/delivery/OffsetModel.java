package dev.heddle.coordinator.delivery;

import dev.heddle.log.AbortedTxn;
import dev.heddle.log.SlicedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The same as {@link InFlight}, offset by offset and without any thought for speed: what a share partition is compared with.
 * One thread uses it.
 */
final class OffsetModel {

    /** One offset. */
    static final class Cell {
        DeliveryState state = DeliveryState.AVAILABLE;
        int count;
        long batchFirst = -1;
        long batchLast = -1;

        @Nullable String member;

        long deadline;

        /** Which write decides about it, 0 if none, and what it will be. */
        int change;

        DeliveryState target = DeliveryState.AVAILABLE;

        boolean held() {
            return state == DeliveryState.ACQUIRED && change == 0;
        }

        boolean gap() {
            return batchFirst < 0 && state == DeliveryState.ARCHIVED;
        }

        void give(DeliveryState what) {
            state = what;
            member = null;
            change = 0;
        }

        void giveBack(int maxDeliveries) {
            give(count >= maxDeliveries ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE);
        }

        String show() {
            return state + " x" + count + " " + member + " " + (change != 0) + " " + batchFirst + "-" + batchLast;
        }
    }

    final TreeMap<Long, Cell> cells = new TreeMap<>();
    final int maxDeliveries;
    long start;
    long next;
    private int changes;

    OffsetModel(long start, int maxDeliveries) {
        this.start = start;
        this.next = start;
        this.maxDeliveries = maxDeliveries;
    }

    /** What was written down; of what lies before it nothing is known. */
    void load(long first, long last, DeliveryState state, int count) {
        while (next < first) put(next, DeliveryState.AVAILABLE);
        for (long offset = first; offset <= last; offset++) {
            Cell cell = put(offset, state);
            cell.count = count;
            cell.batchFirst = first;
            cell.batchLast = last;
        }
    }

    void loaded() {
        trim();
    }

    private void trim() {
        while (start < next && cells.get(start).state.isTerminal()) cells.remove(start++);
    }

    long nextFetchOffset() {
        for (var entry : cells.entrySet()) {
            if (entry.getValue().state == DeliveryState.AVAILABLE) return entry.getKey();
        }
        return next;
    }

    int complete() {
        int count = 0;
        for (Cell cell : cells.values()) {
            DeliveryState state = cell.change == 0 ? cell.state : cell.target;
            if (state.isTerminal() && !cell.gap()) count++;
        }
        return count;
    }

    /** @return the offsets that were acquired */
    List<Long> acquire(long fetchOffset, List<SlicedBatch> log, List<AbortedTxn> aborted, Acquisition.Terms terms) {
        List<Long> acquired = new ArrayList<>();
        long first = log.getFirst().baseOffset();
        long last = log.getLast().lastOffset();
        long limit = Math.min(terms.maxRecords(), terms.maxInFlight() - (next - start));
        if (limit <= 0) {
            if (fetchOffset >= next) return acquired;
            limit = Math.min(terms.maxRecords(), next - fetchOffset);
            last = Math.min(last, next - 1);
        }
        for (long offset = fetchOffset; offset < first; offset++) {
            if (offset >= start && offset < next && cells.get(offset).state == DeliveryState.AVAILABLE)
                cells.get(offset).give(DeliveryState.ARCHIVED);
        }
        while (next < first) put(next, DeliveryState.ARCHIVED);
        trim();

        long offset = Math.max(first, start);
        while (offset <= last && acquired.size() < limit) {
            Cell cell = cells.get(offset);
            boolean isNew = cell == null || (cell.batchFirst < 0 && !cell.gap());
            if (isNew) offset = takeNew(offset, last, limit - acquired.size(), log, terms, acquired);
            else if (cell.gap()) offset++;
            else {
                long end = cell.batchLast;
                if (!takeAgain(offset, Math.min(end, last), limit, terms, acquired)) break;
                offset = end + 1;
            }
        }
        acquired.removeIf(taken -> {
            if (!isAborted(taken, log, aborted)) return false;
            cells.get(taken).give(DeliveryState.ARCHIVED);
            return true;
        });
        trim();
        return acquired;
    }

    private Cell put(long offset, DeliveryState state) {
        Cell cell = cells.computeIfAbsent(offset, ignored -> new Cell());
        cell.state = state;
        next = Math.max(next, offset + 1);
        return cell;
    }

    private long takeNew(
            long first, long last, long wanted, List<SlicedBatch> log, Acquisition.Terms terms, List<Long> acquired) {
        long end = last;
        for (long offset = first; offset <= last; offset++) {
            Cell cell = cells.get(offset);
            if (offset < next && first < next && (cell == null || cell.batchFirst >= 0 || cell.gap())) {
                end = offset - 1;
                break;
            }
            if (first < next && offset >= next) {
                end = offset - 1;
                break;
            }
        }
        if (wanted < end - first + 1) {
            long wholeEnd = first + wanted - 1;
            for (SlicedBatch batch : log) {
                if (batch.baseOffset() <= wholeEnd && wholeEnd <= batch.lastOffset()) {
                    wholeEnd = batch.lastOffset();
                    break;
                }
            }
            end = Math.min(end, wholeEnd);
        }
        long batchFirst = first;
        for (long offset = first; offset <= end; offset++) {
            long at = offset;
            boolean border = log.stream().anyMatch(batch -> batch.baseOffset() == at);
            if (!terms.recordLimit() && border && offset - batchFirst >= terms.batchSize()) batchFirst = offset;
            Cell cell = put(offset, DeliveryState.AVAILABLE);
            cell.batchFirst = batchFirst;
            for (long before = batchFirst; before <= offset; before++) cells.get(before).batchLast = offset;
            if (terms.recordLimit() && offset - first >= wanted) continue;
            take(cell, terms);
            acquired.add(offset);
        }
        return end + 1;
    }

    private void take(Cell cell, Acquisition.Terms terms) {
        cell.state = DeliveryState.ACQUIRED;
        cell.count++;
        cell.member = terms.hold().memberId();
        cell.deadline = terms.hold().deadlineNanos();
    }

    private boolean takeAgain(long first, long last, long limit, Acquisition.Terms terms, List<Long> acquired) {
        boolean throttled = false;
        for (long offset = first; offset <= last; offset++) {
            Cell cell = cells.get(offset);
            throttled |= cell.state == DeliveryState.AVAILABLE && cell.count >= terms.throttledFrom();
        }
        if (throttled && !acquired.isEmpty()) return false;
        long allowed = terms.recordLimit() ? limit - acquired.size() : Long.MAX_VALUE;
        boolean limited = false;
        long taken = 0;
        for (long offset = first; offset <= last; offset++) {
            Cell cell = cells.get(offset);
            if (cell.state != DeliveryState.AVAILABLE) continue;
            boolean alone = maxDeliveries > 2 && cell.count == maxDeliveries - 1;
            if (alone && taken > 0) break;
            if (cell.count >= terms.throttledFrom() && !limited) {
                limited = true;
                long size = cell.batchLast - cell.batchFirst + 1;
                allowed = Math.min(allowed, Math.max(1, size >> (cell.count - terms.throttledFrom() + 1)));
            }
            if (taken >= allowed) break;
            take(cell, terms);
            acquired.add(offset);
            taken++;
            if (alone) break;
        }
        return !throttled || taken == 0;
    }

    private static boolean isAborted(long offset, List<SlicedBatch> log, List<AbortedTxn> aborted) {
        return log.stream()
                .anyMatch(batch -> batch.transactionalData()
                        && batch.baseOffset() <= offset
                        && offset <= batch.lastOffset()
                        && aborted.stream()
                                .anyMatch(transaction -> transaction.firstOffset() <= batch.baseOffset()
                                        && batch.lastOffset() < transaction.lastOffset()));
    }

    /** @return the number of the write, 0 if there is nothing to write, -1 if it is refused */
    int acknowledge(String member, List<Acknowledgement> all, boolean renews, long renewedUntil) {
        long behind = start;
        for (Acknowledgement said : all) {
            if (said.lastOffset() < start) continue;
            long first = Math.max(said.firstOffset(), start);
            if (start == next || said.lastOffset() >= next || first < behind) return -1;
            for (long offset = first; offset <= said.lastOffset(); offset++) {
                Cell cell = cells.get(offset);
                if (!cell.gap() && !(cell.held() && member.equals(cell.member))) return -1;
            }
            if (!renews && said.types().contains(Acknowledgement.RENEW)) return -1;
            behind = said.lastOffset() + 1;
        }
        int change = ++changes;
        boolean any = false;
        for (Acknowledgement said : all) {
            for (long offset = Math.max(said.firstOffset(), start); offset <= said.lastOffset(); offset++) {
                Cell cell = cells.get(offset);
                if (!cell.held()) continue;
                byte type = said.types().size() == 1
                        ? said.types().getFirst()
                        : said.types().get((int) (offset - said.firstOffset()));
                if (type == Acknowledgement.RENEW) {
                    cell.deadline = renewedUntil;
                    continue;
                }
                any = true;
                cell.change = change;
                cell.target = switch (type) {
                    case Acknowledgement.ACCEPT -> DeliveryState.ACKNOWLEDGED;
                    case Acknowledgement.RELEASE ->
                        cell.count >= maxDeliveries ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE;
                    default -> DeliveryState.ARCHIVED;
                };
            }
        }
        return any ? change : 0;
    }

    int release(String member) {
        int change = ++changes;
        boolean any = false;
        for (Cell cell : cells.values()) {
            if (!cell.held() || !member.equals(cell.member)) continue;
            any = true;
            cell.change = change;
            cell.target = cell.count >= maxDeliveries ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE;
        }
        return any ? change : 0;
    }

    long expire(long now) {
        long expired = 0;
        for (Cell cell : cells.values()) {
            if (!cell.held() || cell.deadline > now) continue;
            cell.giveBack(maxDeliveries);
            expired++;
        }
        trim();
        return expired;
    }

    void conclude(int change, boolean written, long now) {
        for (Cell cell : cells.values()) {
            if (cell.change != change) continue;
            if (written) cell.give(cell.target);
            else if (cell.deadline <= now) cell.giveBack(maxDeliveries);
            else cell.change = 0;
        }
        trim();
    }

    void moveStart(long offset) {
        if (offset <= start) return;
        cells.headMap(offset).clear();
        start = offset;
        next = Math.max(next, offset);
        trim();
    }
}
