package dev.heddle.metadata;

/**
 * A block of producer ids that nobody else will be given. Immutable: any thread may read it.
 *
 * @param first the first id
 * @param size how many ids there are
 */
public record ProducerIdsBlock(long first, int size) {

    /** How many ids a block holds. */
    public static final int SIZE = 1000;

    /** The first id that is not in the block. */
    public long next() {
        return first + size;
    }
}
