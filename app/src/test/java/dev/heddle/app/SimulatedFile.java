package dev.heddle.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link SimulatedDisk}: what everyone sees (the page cache), what is on the medium, and the changes between
 * the two. Guarded by the disk's lock.
 *
 * <p>For maintainers. The medium holds the file as it was when it was last synced. At a power cut each block that was
 * written since is, independently of all others, as it was then or after any of the writes to it; the size is as it was
 * then or after any of the changes to it, or at the end of any block in between. What the size covers and no block
 * brought is zero. Truncation zeroes the blocks behind it, and that is a write like another, so what was cut off may come
 * back if the file grows over it again.
 */
final class SimulatedFile implements SimulatedNode {

    private static final int SECTOR_BYTES = 512;
    private static final int PAGE_BYTES = 4096;

    /** A change that is not on the medium for sure. */
    private sealed interface Change {
        long number();

        /** The file's size after it. */
        int sizeAfter();

        record Write(long number, int position, byte[] bytes, int sizeAfter) implements Change {}

        record Truncate(long number, int sizeAfter) implements Change {}
    }

    private Bytes cached = new Bytes();
    private Bytes medium = new Bytes();
    private final List<Change> unsynced = new ArrayList<>();
    private long modifiedMs;

    /** The channel that has locked the file; null for none. Not guarded by the disk's lock: see {@link #unlock}. */
    private final AtomicReference<@Nullable SimulatedChannel> lockedBy = new AtomicReference<>();

    /** Bytes that grow; what was never written, or was cut off, is zero. */
    private static final class Bytes {
        byte[] array = new byte[0];
        int size;

        void write(int position, byte[] bytes) {
            ensure(position + bytes.length);
            System.arraycopy(bytes, 0, array, position, bytes.length);
            size = Math.max(size, position + bytes.length);
        }

        void resize(int newSize) {
            ensure(newSize);
            if (newSize < size) Arrays.fill(array, newSize, size, (byte) 0);
            size = newSize;
        }

        void copyBlock(Bytes from, int start, int length) {
            ensure(start + length);
            Arrays.fill(array, start, start + length, (byte) 0);
            int there = Math.min(length, from.array.length - start);
            if (there > 0) System.arraycopy(from.array, start, array, start, there);
        }

        Bytes copy() {
            var copy = new Bytes();
            copy.array = array.clone();
            copy.size = size;
            return copy;
        }

        private void ensure(int length) {
            if (length > array.length) array = Arrays.copyOf(array, Math.max(length, 2 * array.length));
        }

        void apply(Change change) {
            switch (change) {
                case Change.Write write -> write(write.position, write.bytes);
                case Change.Truncate truncate -> resize(truncate.sizeAfter);
            }
        }
    }

    int size() {
        return cached.size;
    }

    long modifiedMs() {
        return modifiedMs;
    }

    void modifiedMs(long timestampMs) {
        modifiedMs = timestampMs;
    }

    /** Copies up to {@code target.length} bytes; returns how many there were, -1 behind the end. */
    int read(int position, byte[] target) {
        if (position >= cached.size) return -1;
        int count = Math.min(target.length, cached.size - position);
        System.arraycopy(cached.array, position, target, 0, count);
        return count;
    }

    void write(long number, int position, byte[] bytes, long nowMs) {
        change(new Change.Write(number, position, bytes, Math.max(cached.size, position + bytes.length)), nowMs);
    }

    void truncate(long number, int size, long nowMs) {
        if (size < cached.size) change(new Change.Truncate(number, size), nowMs);
    }

    private void change(Change change, long nowMs) {
        cached.apply(change);
        unsynced.add(change);
        modifiedMs = nowMs;
    }

    /** Everything that was changed is on the medium now. */
    void sync() {
        unsynced.forEach(medium::apply);
        unsynced.clear();
    }

    /**
     * A sync that fails: some of it has reached the medium, and the rest is taken for clean from now on, as Linux does.
     * Everyone still sees it, and no later sync brings it to the medium.
     */
    void syncFails(Random random) {
        medium = survivors(random, Survival.ANYTHING);
        unsynced.clear();
    }

    boolean lock(SimulatedChannel owner) {
        SimulatedChannel holder = lockedBy.get();
        return (holder == null || holder.isOfDeadProcess()) && lockedBy.compareAndSet(holder, owner);
    }

    /** Takes no lock: a channel that is closed holds the JDK's monitor, and in JDK 21 the carrier with it. */
    void unlock(SimulatedChannel owner) {
        lockedBy.compareAndSet(owner, null);
    }

    boolean isLockedBy(SimulatedChannel owner) {
        return lockedBy.get() == owner;
    }

    boolean isSynced() {
        return unsynced.isEmpty();
    }

    @Override
    public void cutPower(Random random, Survival survival) {
        medium = survivors(random, survival);
        cached = medium.copy();
        unsynced.clear();
        lockedBy.set(null);
    }

    private Bytes survivors(Random random, Survival survival) {
        double chance = survival.chanceFor(random);
        int block = random.nextBoolean() ? SECTOR_BYTES : PAGE_BYTES;
        Bytes now = medium.copy();
        Bytes result = medium.copy();
        for (Change change : unsynced) {
            int from = change instanceof Change.Write write ? write.position : change.sizeAfter();
            int to = change instanceof Change.Write write ? write.position + write.bytes.length : now.size;
            now.apply(change);
            for (int start = from / block * block; start < to; start += block) {
                if (random.nextDouble() < chance) result.copyBlock(now, start, block);
            }
        }
        result.size = result.array.length;
        result.resize(survivingSize(random, survival, chance, block));
        return result;
    }

    private int survivingSize(Random random, Survival survival, double chance, int block) {
        int before = medium.size;
        int survived = before;
        for (Change change : unsynced) {
            boolean survives = survival.isJournaled()
                    ? change.number() <= survival.journalEnd()
                    : chance == 1 || random.nextDouble() < chance;
            if (survives) {
                survived = change.sizeAfter();
            } else if (change.sizeAfter() > before && chance > 0 && random.nextInt(4) == 0) {
                // A large write grows the file block by block.
                int blockEnd = (random.nextInt(before, change.sizeAfter()) / block + 1) * block;
                survived = Math.max(survived, Math.min(blockEnd, change.sizeAfter()));
            }
            if (!survives && survival.isJournaled()) return survived;
            before = change.sizeAfter();
        }
        return survived;
    }
}
