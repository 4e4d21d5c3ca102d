package dev.heddle.log;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The last offset of each key, in a fixed amount of memory. Used by one thread.
 *
 * <p>For maintainers. A key is represented by its MD5, as in Kafka, so that an entry takes 24 bytes whatever the key's
 * length. The table is one array of longs, three for an entry: the two halves of the hash, and the offset + 1, so that 0
 * means "free". The hash's halves give the place of the first probe and the step to the next few; after those the search
 * goes on from slot to slot, and so reaches each of them. Nothing is ever removed.
 */
final class OffsetMap {

    /** No such key. */
    static final long NONE = -1;

    static final int BYTES_PER_ENTRY = 24;

    private static final int LONGS_PER_ENTRY = BYTES_PER_ENTRY / Long.BYTES;
    private static final int PROBES_BY_STEP = 13;

    private final MessageDigest digest = md5();
    private final long[] table;
    private final int slots;
    private final int capacity;
    private final double largestCapacity;
    private int size;

    private OffsetMap(int slots, int capacity, double largestCapacity) {
        this.table = new long[slots * LONGS_PER_ENTRY];
        this.slots = slots;
        this.capacity = capacity;
        this.largestCapacity = largestCapacity;
    }

    /**
     * A map for at most {@code keys} keys. It takes no more memory than it needs for them, nor more than is allowed, in
     * which case it may become full.
     *
     * @param maxBytes up to 2 GiB are used
     * @param loadFactor which part of the slots may be taken, from 0 to 1
     */
    static OffsetMap of(long maxBytes, double loadFactor, long keys) {
        int maxSlots = (int) (Math.min(maxBytes, Integer.MAX_VALUE) / BYTES_PER_ENTRY);
        long wanted = (long) Math.ceil(keys / loadFactor) + 1;
        int slots = (int) Math.min(maxSlots, wanted);
        // A free slot ends each search.
        int capacity = (int) Math.min(slots * loadFactor, slots - 1);
        if (capacity < 1) throw new IllegalArgumentException("No key fits in " + maxBytes + " bytes");
        return new OffsetMap(slots, capacity, maxSlots);
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has MD5", e);
        }
    }

    /**
     * Sets the offset of a key, whose buffer's position is left as it is.
     *
     * @return false if there is no room for another key
     */
    boolean put(ByteBuffer key, long offset) {
        int at = find(key);
        if (table[at + 2] == 0) {
            if (size == capacity) return false;
            table[at] = high;
            table[at + 1] = low;
            size++;
        }
        table[at + 2] = offset + 1;
        return true;
    }

    /** The offset of a key, or {@link #NONE}. */
    long get(ByteBuffer key) {
        return table[find(key) + 2] - 1;
    }

    // The hash of the key that was looked for last.
    private long high;
    private long low;

    /** Where the key's entry is, or would be. */
    private int find(ByteBuffer key) {
        hash(key);
        long slot = Math.floorMod(high, (long) slots);
        long step = Math.floorMod(low, (long) slots);
        for (int probe = 1; ; probe++) {
            int at = (int) slot * LONGS_PER_ENTRY;
            if (table[at + 2] == 0 || (table[at] == high && table[at + 1] == low)) return at;
            slot = (slot + (probe < PROBES_BY_STEP ? step : 1)) % slots;
        }
    }

    private void hash(ByteBuffer key) {
        digest.update(key.duplicate());
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        high = hash.getLong();
        low = hash.getLong();
    }

    int size() {
        return size;
    }

    /** Which part is taken of all the memory that the map might have had, from 0 to 1. */
    double utilization() {
        return size / largestCapacity;
    }
}
