package dev.heddle.coordinator;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendTerms;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition of {@code __consumer_offsets}, for as long as this broker leads it once. Any thread may
 * call it; there is no lock that groups share.
 */
final class OffsetsPartition implements LedPartition {

    /** Nobody checks the sequences of a coordinator's records. */
    private static final int ANY_SEQUENCE = 0;

    private final int id;
    private final CoordinatorLog log;
    private final CoordinatorContext context;
    private final CommittedEnd committed;
    private final Compression compression;
    private final ConcurrentHashMap<String, Group> groups = new ConcurrentHashMap<>();

    /** Publishes what the loader has put into {@link #groups}. */
    private final PartitionLife life = new PartitionLife();

    /** The groups that open transactions have offsets of, by the producer's id. */
    private final ConcurrentHashMap<Long, Set<Group>> transactions = new ConcurrentHashMap<>();

    OffsetsPartition(int id, CoordinatorLog log, CoordinatorContext context) {
        this.id = id;
        this.log = log;
        this.context = context;
        this.committed = new CommittedEnd(log);
        this.compression =
                Compression.of(context.config().topic().compression()).build();
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public CoordinatorLog log() {
        return log;
    }

    @Override
    public int size() {
        return groups.size();
    }

    @Override
    public PartitionLife life() {
        return life;
    }

    /** All groups are there. False if the partition was closed meanwhile. */
    boolean loaded() {
        if (life.loaded()) return true;
        groups.values().forEach(this::remove);
        return false;
    }

    /** The groups cannot be had. */
    void loadFailed() {
        life.failed();
        groups.values().forEach(this::remove);
    }

    /** Sends everyone away who waits, and everyone who comes. */
    @Override
    public void close() {
        // While it is loading the groups are the loader's, which clears up when it comes to the end.
        if (life.close() != PartitionLife.State.ACTIVE) return;
        for (Group group : groups.values()) {
            group.lock().lock();
            try {
                if (!group.isRemoved()) dissolve(group);
            } finally {
                group.lock().unlock();
            }
        }
    }

    private void dissolve(Group group) {
        if (group.membership() instanceof ClassicGroup classic) sendAway(classic);
        group.membership().markDead(context.time().milliseconds());
        remove(group);
    }

    private static void sendAway(ClassicGroup classic) {
        for (Member member : classic.members()) {
            classic.answerJoin(member, JoinResponses.error(member.id(), Errors.NOT_COORDINATOR));
            classic.answerSync(member, SyncResponses.error(Errors.NOT_COORDINATOR));
        }
    }

    // ---- groups ----

    /** The groups at this moment; lock each before use. */
    Collection<Group> groups() {
        return groups.values();
    }

    /** The group, not locked; only the loader may use it so. Null if there is none. */
    @Nullable Group find(String groupId) {
        return groups.get(groupId);
    }

    /** The group, not locked; only the loader may use it so. */
    Group groupForLoad(String groupId) {
        return groups.computeIfAbsent(groupId, this::newGroup);
    }

    private Group newGroup(String groupId) {
        return new Group(
                groupId,
                this,
                context.expiry(),
                context.time(),
                context.metrics().numOffsets());
    }

    /** Does {@code work} with the group locked, or {@code otherwise} if there is no such group. */
    <T extends @Nullable Object> T withExisting(String groupId, Function<Group, T> work, Supplier<T> otherwise) {
        while (true) {
            life.requireActive();
            Group group = groups.get(groupId);
            if (group == null) return otherwise.get();
            group.lock().lock();
            try {
                life.requireActive();
                if (!group.isRemoved()) return work.apply(group);
            } finally {
                group.lock().unlock();
            }
        }
    }

    /** Does {@code work} with the group locked, which is made if there is none, and forgotten if that was for nothing. */
    <T extends @Nullable Object> T withGroup(String groupId, Function<Group, T> work) {
        while (true) {
            life.requireActive();
            Group group = groups.computeIfAbsent(groupId, this::newGroup);
            group.lock().lock();
            try {
                life.requireActive();
                if (group.isRemoved()) continue;
                try {
                    return work.apply(group);
                } finally {
                    if (group.isUnused()) remove(group);
                }
            } finally {
                group.lock().unlock();
            }
        }
    }

    /** Takes the group out of the map. Its lock is held. */
    void remove(Group group) {
        group.markRemoved();
        group.offsets().clear();
        groups.remove(group.id(), group);
    }

    // ---- transactions ----

    /** A transaction of that producer may commit offsets of the group. */
    void beginTransaction(long producerId, Group group) {
        transactions.compute(producerId, (id, groups) -> {
            Set<Group> all = groups == null ? ConcurrentHashMap.newKeySet() : groups;
            all.add(group);
            return all;
        });
    }

    /** The producer's transaction is over; returns the groups that it may have offsets of. */
    Set<Group> endTransaction(long producerId) {
        Set<Group> groups = transactions.remove(producerId);
        return groups == null ? Set.of() : groups;
    }

    // ---- log ----

    /**
     * Appends records of the group as one batch, all or nothing. Its lock is held.
     *
     * @return the offset of the first
     * @throws dev.heddle.common.HeddleException if the log does not take them
     */
    long append(Group group, List<SimpleRecord> records) {
        MemoryRecords batch = MemoryRecords.withRecords(compression, records.toArray(SimpleRecord[]::new));
        return append(group, records.size(), batch, AppendTerms.of(AppendOrigin.COORDINATOR));
    }

    /** As {@link #append(Group, List)}, as a part of the producer's transaction. */
    long appendTransactional(Group group, List<SimpleRecord> records, ProducerIdAndEpoch producer, AppendTerms terms) {
        MemoryRecords batch = MemoryRecords.withTransactionalRecords(
                compression, producer.producerId, producer.epoch, ANY_SEQUENCE, records.toArray(SimpleRecord[]::new));
        return append(group, records.size(), batch, terms);
    }

    private long append(Group group, int count, MemoryRecords batch, AppendTerms terms) {
        long firstOffset = log.append(batch, terms);
        group.wroteUpTo(firstOffset + count);
        return firstOffset;
    }

    /** Appends records of the group in as many batches as their size asks for. Its lock is held. */
    void appendInBatches(Group group, List<SimpleRecord> records) {
        int limit = log.maxBatchBytes();
        int from = 0;
        int bytes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        for (int i = 0; i < records.size(); i++) {
            int size = sizeOf(records.get(i));
            if (i > from && bytes + size > limit) {
                append(group, records.subList(from, i));
                from = i;
                bytes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
            }
            bytes += size;
        }
        if (from < records.size()) append(group, records.subList(from, records.size()));
    }

    private static int sizeOf(SimpleRecord record) {
        return DefaultRecord.MAX_RECORD_OVERHEAD + remaining(record.key()) + remaining(record.value());
    }

    private static int remaining(@Nullable ByteBuffer bytes) {
        return bytes == null ? 0 : bytes.remaining();
    }

    /**
     * Waits until everything below {@code endOffset} is committed. No lock is held.
     *
     * @throws dev.heddle.common.AnswerException if that takes too long, or the waiter is cancelled
     */
    void awaitCommitted(long endOffset, Waiter waiter) {
        Time time = context.time();
        committed.await(
                endOffset,
                waiter,
                time.deadlineAfterMs(context.config().offsets().commitTimeoutMs()));
    }
}
