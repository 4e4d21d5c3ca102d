package dev.heddle.coordinator.delivery;

import java.util.List;

/**
 * What a member says of records that it has. Immutable.
 *
 * @param lastOffset inclusive, not below the first
 * @param types one for all of them, or one for each; see the constants
 */
public record Acknowledgement(long firstOffset, long lastOffset, List<Byte> types) {

    /** There is no record at that offset. */
    public static final byte GAP = 0;

    /** It was processed. */
    public static final byte ACCEPT = 1;

    /** It was not processed: someone may try again. */
    public static final byte RELEASE = 2;

    /** It cannot be processed: nobody is to try again. */
    public static final byte REJECT = 3;

    /** It is still being processed: the member keeps it (KIP-1222). */
    public static final byte RENEW = 4;

    /** How many offsets it speaks of. */
    public long size() {
        return lastOffset - firstOffset + 1;
    }

    byte typeOf(long offset) {
        return types.size() == 1 ? types.getFirst() : types.get((int) (offset - firstOffset));
    }

    /** The last offset, from {@code offset} on, of which the same is said. */
    long lastOfSameType(long offset) {
        if (types.size() == 1) return lastOffset;
        byte type = typeOf(offset);
        long last = offset;
        while (last < lastOffset && typeOf(last + 1) == type) last++;
        return last;
    }
}
