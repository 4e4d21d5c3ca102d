package dev.heddle.coordinator;

import dev.heddle.common.Time;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A group: its members, its offsets, its deadlines. Any thread may lock it, and holds the lock for no I/O but the
 * group's own append.
 *
 * <p>For maintainers: state and log agree because a change is appended and applied under one hold of the lock, in this
 * order: what the log refuses does not happen. Waiting for the commit comes after the lock has been let go. A reader
 * who must not see what might still be lost waits for {@link #lastEndOffset}.
 */
final class Group {

    private final String id;
    private final OffsetsPartition partition;
    private final OffsetStore offsets;
    private final GroupTimers timers;

    /** Guards the group, its members, its offsets and its timers. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Written under the lock; volatile for lists and gauges, which do not take it. */
    private volatile Membership membership;

    private boolean removed;
    private boolean persisted;
    private long lastEndOffset;

    Group(String id, OffsetsPartition partition, Expiry expiry, Time time, LongAdder numOffsets) {
        this.id = id;
        this.partition = partition;
        this.offsets = new OffsetStore(numOffsets);
        this.timers = new GroupTimers(this, expiry, time);
        this.membership = new ClassicGroup(time.milliseconds());
    }

    String id() {
        return id;
    }

    OffsetsPartition partition() {
        return partition;
    }

    ReentrantLock lock() {
        return lock;
    }

    /** Its members, by the protocol that they follow; any thread may ask. */
    Membership membership() {
        return membership;
    }

    void setMembership(Membership membership) {
        this.membership = membership;
    }

    /** Its members, for those who know that they follow the classic protocol. */
    ClassicGroup classic() {
        return (ClassicGroup) membership;
    }

    OffsetStore offsets() {
        return offsets;
    }

    GroupTimers timers() {
        return timers;
    }

    /** Whether it has left the partition's map: whoever locked it looks it up again. */
    boolean isRemoved() {
        return removed;
    }

    void markRemoved() {
        removed = true;
    }

    /** Whether the log knows it; a group that it does not know is forgotten when it turns out not to be needed. */
    boolean isPersisted() {
        return persisted;
    }

    /** Where the group's last record ends: what is committed up to there, is committed of this group. */
    long lastEndOffset() {
        return lastEndOffset;
    }

    void wroteUpTo(long endOffset) {
        persisted = true;
        lastEndOffset = Math.max(lastEndOffset, endOffset);
    }

    /** A consumer outside of group management commits here, and nobody has ever joined. */
    boolean isUnused() {
        return !persisted
                && offsets.isEmpty()
                && membership instanceof ClassicGroup classic
                && classic.isEmpty()
                && !classic.hasPending();
    }
}
