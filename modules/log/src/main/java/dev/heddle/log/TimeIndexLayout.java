package dev.heddle.log;

/**
 * An entry of a {@code .timeindex} file. Everything is big-endian.
 *
 * <pre>
 *  0                8       12
 *  +----------------+--------+
 *  |    timestamp   | offset |
 *  +----------------+--------+
 * </pre>
 */
final class TimeIndexLayout {

    /** The largest timestamp in the segment up to the offset, in milliseconds: int64. */
    static final int TIMESTAMP = 0;
    /** The offset of the record with that timestamp, relative to the segment's base offset: int32. */
    static final int RELATIVE_OFFSET = 8;
    /** Size of an entry, in bytes. */
    static final int SIZE = 12;

    private TimeIndexLayout() {}
}
