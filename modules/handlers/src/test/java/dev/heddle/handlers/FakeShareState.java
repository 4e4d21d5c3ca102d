package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** A share coordinator in memory, offset by offset. Any thread may call it. */
final class FakeShareState implements ShareState {

    private record Word(byte state, short count) {}

    private static final class Kept {
        int stateEpoch;
        int leaderEpoch = -1;
        long start = UNINITIALIZED_START_OFFSET;
        int complete = UNINITIALIZED_DELIVERY_COMPLETE_COUNT;
        final TreeMap<Long, Word> offsets = new TreeMap<>();
    }

    /** How often something was written. */
    final AtomicInteger writes = new AtomicInteger();

    /** What reads and writes are refused with. */
    volatile @Nullable Errors failure;

    private final ConcurrentMap<SharePartitionKey, Kept> all = new ConcurrentHashMap<>();

    @Override
    public void initialize(SharePartitionKey key, int stateEpoch, long startOffset, Waiter waiter) {
        var kept = new Kept();
        kept.stateEpoch = stateEpoch;
        kept.start = startOffset;
        all.put(key, kept);
    }

    private void refuse() {
        Errors error = failure;
        if (error != null) throw new AnswerException(error);
    }

    private Kept kept(SharePartitionKey key) {
        return all.computeIfAbsent(key, ignored -> new Kept());
    }

    @Override
    public State read(SharePartitionKey key, int leaderEpoch, Waiter waiter) {
        refuse();
        Kept kept = kept(key);
        if (leaderEpoch < kept.leaderEpoch) throw new AnswerException(Errors.FENCED_LEADER_EPOCH);
        kept.leaderEpoch = leaderEpoch;
        List<StateBatch> batches = new ArrayList<>();
        for (Map.Entry<Long, Word> entry : kept.offsets.entrySet()) {
            long offset = entry.getKey();
            Word word = entry.getValue();
            batches.add(new StateBatch(offset, offset, word.state, word.count));
        }
        return new State(kept.stateEpoch, kept.leaderEpoch, kept.start, kept.complete, batches);
    }

    @Override
    public void write(SharePartitionKey key, State change, Waiter waiter) {
        refuse();
        writes.incrementAndGet();
        Kept kept = kept(key);
        if (change.stateEpoch() < kept.stateEpoch) throw new AnswerException(Errors.FENCED_STATE_EPOCH);
        if (change.leaderEpoch() < kept.leaderEpoch) throw new AnswerException(Errors.FENCED_LEADER_EPOCH);
        for (StateBatch batch : change.batches()) {
            for (long offset = batch.firstOffset(); offset <= batch.lastOffset(); offset++) {
                kept.offsets.put(offset, new Word(batch.deliveryState(), batch.deliveryCount()));
            }
        }
        kept.start = change.startOffset();
        kept.complete = change.deliveryCompleteCount();
        kept.offsets.headMap(kept.start).clear();
    }

    @Override
    public void delete(SharePartitionKey key, Waiter waiter) {
        all.remove(key);
    }

    @Override
    public Summary summary(SharePartitionKey key, int leaderEpoch, Waiter waiter) {
        Kept kept = kept(key);
        return new Summary(kept.stateEpoch, kept.leaderEpoch, kept.start, kept.complete);
    }
}
