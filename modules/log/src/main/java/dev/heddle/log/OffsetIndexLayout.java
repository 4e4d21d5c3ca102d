package dev.heddle.log;

/**
 * An entry of an {@code .index} file. Everything is big-endian.
 *
 * <pre>
 *  0        4        8
 *  +--------+--------+
 *  | offset |position|
 *  +--------+--------+
 * </pre>
 */
final class OffsetIndexLayout {

    /** Last offset of the batch, relative to the segment's base offset: int32. */
    static final int RELATIVE_OFFSET = 0;
    /** Where the batch starts in the segment, in bytes: int32. Never 0: the first batch needs no entry. */
    static final int POSITION = 4;
    /** Size of an entry, in bytes. */
    static final int SIZE = 8;

    private OffsetIndexLayout() {}
}
