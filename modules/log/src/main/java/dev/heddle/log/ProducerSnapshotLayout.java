package dev.heddle.log;

/**
 * A {@code .snapshot} file of producer state, version 1. Everything is big-endian.
 *
 * <pre>
 *  0    2        6        10
 *  +----+--------+--------+---------+---------+-- … --+
 *  |vers|  crc   | count  | entry 0 | entry 1 |       |
 *  +----+--------+--------+---------+---------+-- … --+
 *                ╰────────── the crc covers this ─────╯
 * entry:
 *  0             8    10       14            22       26            34       38           46
 *  +-------------+----+--------+-------------+--------+-------------+--------+------------+
 *  | producer id |epoc|last seq| last offset |off.del.|  timestamp  |coord.ep|first offset|
 *  +-------------+----+--------+-------------+--------+-------------+--------+------------+
 * </pre>
 *
 * <p>Apache Kafka writes an entry per producer, with its last batch. Heddle writes one for each batch that it remembers,
 * the last one last: a producer that had several batches in flight when the broker went down sends all of them again, and
 * each must be known for what it is. Of several entries of a producer Apache Kafka takes the last.
 */
final class ProducerSnapshotLayout {

    /** Version of the file, {@link #CURRENT_VERSION}: int16. */
    static final int VERSION = 0;
    /** CRC-32C of everything behind it: uint32. */
    static final int CRC = 2;
    /** How many entries follow: int32. */
    static final int COUNT = 6;
    /** Where the entries begin. */
    static final int ENTRIES = 10;

    /** int64. */
    static final int PRODUCER_ID = 0;
    /** int16. */
    static final int PRODUCER_EPOCH = 8;
    /** Of the last batch, -1 if none: int32. */
    static final int LAST_SEQUENCE = 10;
    /** Of the last batch, -1 if none: int64. */
    static final int LAST_OFFSET = 14;
    /** Last offset less first offset of the last batch: int32. */
    static final int OFFSET_DELTA = 22;
    /** Of the last batch or marker, in milliseconds: int64. */
    static final int TIMESTAMP = 26;
    /** Of the last transaction marker, -1 if none: int32. */
    static final int COORDINATOR_EPOCH = 34;
    /** Of the open transaction, -1 if none: int64. */
    static final int CURRENT_TXN_FIRST_OFFSET = 38;
    /** Size of an entry, in bytes. */
    static final int ENTRY_SIZE = 46;

    static final short CURRENT_VERSION = 1;

    private ProducerSnapshotLayout() {}
}
