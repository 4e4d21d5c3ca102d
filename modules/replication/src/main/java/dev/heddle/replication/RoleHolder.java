package dev.heddle.replication;

import dev.heddle.common.ManagedWait;
import dev.heddle.log.PartitionLog;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What this broker is to a partition, and the changes of that. Any thread may call it. */
final class RoleHolder {

    /** Held for reading by whoever changes the log, and for writing by changes of {@link #role}. */
    private final StampedLock lock = new StampedLock();

    /** Publishes the role; written under {@link #lock}. */
    private volatile Role role = new Role.NotLeader(Partition.NO_LEADER, Partition.UNKNOWN_EPOCH, -1);

    Role current() {
        return role;
    }

    /** The role as it is when no change of it is under way. */
    Role settled() {
        return whileUnchanged(() -> role);
    }

    /** Does something during which the role stays what it is. */
    <T> T whileUnchanged(Supplier<T> work) {
        long stamp = readLock();
        try {
            return work.get();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private long readLock() {
        long stamp = lock.tryReadLock();
        if (stamp != 0) return stamp;
        try (var ignored = ManagedWait.begin()) {
            return lock.readLock();
        }
    }

    /** Changes the role; returns whether it has. */
    boolean change(UnaryOperator<Role> change) {
        long stamp = lock.writeLock();
        try {
            Role next = change.apply(role);
            if (next == role) return false;
            if (role instanceof Role.Leader leader) leader.log().commitOnAppend(false);
            role = next;
            return true;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** See {@link Partition#becomeLeader}. */
    void becomeLeader(
            PartitionLog found, int leaderEpoch, int partitionEpoch, List<Integer> replicas, List<Integer> isr) {
        long stamp = lock.writeLock();
        try {
            Role before = role;
            if (partitionEpoch < before.partitionEpoch()) return;
            // Whoever leads knows its log best: it may have been replaced since the caller looked it up.
            PartitionLog log = before instanceof Role.Leader was ? was.log() : found;
            boolean newEpoch = leaderEpoch > before.leaderEpoch();
            long epochStartOffset =
                    newEpoch || !(before instanceof Role.Leader was) ? log.logEndOffset() : was.epochStartOffset();
            if (newEpoch) log.assignEpoch(leaderEpoch);
            var leader = new Role.Leader(
                    log, leaderEpoch, partitionEpoch, List.copyOf(replicas), Set.copyOf(isr), epochStartOffset);
            // Of other replicas nothing is known before they fetch: until then the high watermark stays.
            log.commitOnAppend(leader.isAlone());
            role = leader;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** See {@link Partition#replaceLog}. */
    boolean replaceLog(PartitionLog replaced, Supplier<@Nullable PartitionLog> replacement) {
        long stamp = lock.writeLock();
        try {
            if (!(role instanceof Role.Leader leader) || leader.log() != replaced) return false;
            PartitionLog next = replacement.get();
            if (next == null) return false;
            role = leader.on(next);
            return true;
        } finally {
            lock.unlockWrite(stamp);
        }
    }
}
