package dev.heddle.log;

/**
 * Where the fields of a record batch lie (message format 2, all numbers big-endian).
 *
 * <pre>
 *  0        8        12      16     17     21          23                27
 *  +--------+--------+-------+------+------+-----------+-----------------+
 *  | base   | length | leader| magic| CRC  | attributes| last offset     |
 *  | offset |        | epoch |      | 32C  |           | delta           |
 *  +--------+--------+-------+------+------+-----------+-----------------+
 *  27          35          43         51        53         57      61
 *  +-----------+-----------+----------+---------+----------+-------+---------
 *  | base      | max       | producer | producer| base     | record| records
 *  | timestamp | timestamp | id       | epoch   | sequence | count | ...
 *  +-----------+-----------+----------+---------+----------+-------+---------
 * </pre>
 *
 * The length counts what follows it. The CRC covers everything from the attributes on, so that a leader can write base
 * offset and leader epoch without computing it again. Formats 0 and 1 share base offset, length and the place of magic.
 */
final class RecordBatchLayout {

    /** Offset of the first record; 8 bytes. */
    static final int BASE_OFFSET = 0;

    /** Bytes that follow this field; 4 bytes. */
    static final int LENGTH = 8;

    /** Base offset and length, in every message format. */
    static final int LOG_OVERHEAD = 12;

    /** Message format; 1 byte. */
    static final int MAGIC = 16;

    /** What must be there to know length and format. */
    static final int HEADER_UP_TO_MAGIC = 17;

    /** Codec, timestamp type, transactional, control, delete horizon; 2 bytes. */
    static final int ATTRIBUTES = 21;

    /** Offset of the last record less the base offset; 4 bytes. */
    static final int LAST_OFFSET_DELTA = 23;

    /** Number of records; 4 bytes. */
    static final int RECORD_COUNT = 57;

    /** The header's size: records begin here. */
    static final int RECORDS = 61;

    /** The codec's bits within the attributes. */
    static final int CODEC_MASK = 0x07;

    /** The smallest length that a batch of the oldest format can have. */
    static final int MIN_LENGTH = 14;

    private RecordBatchLayout() {}
}
