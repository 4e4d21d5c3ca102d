package dev.heddle.log;

/**
 * An entry of a {@code .txnindex} file. Everything is big-endian.
 *
 * <pre>
 *  0    2               10              18              26                   34
 *  +----+---------------+---------------+---------------+--------------------+
 *  |vers|  producer id  | first offset  |  last offset  | last stable offset |
 *  +----+---------------+---------------+---------------+--------------------+
 * </pre>
 */
final class AbortedTxnLayout {

    /** Version of the entry, {@link #CURRENT_VERSION}: int16. */
    static final int VERSION = 0;
    /** Who aborted: int64. */
    static final int PRODUCER_ID = 2;
    /** Of the transaction's first record: int64. */
    static final int FIRST_OFFSET = 10;
    /** Of its abort marker: int64. */
    static final int LAST_OFFSET = 18;
    /** When the marker was appended: int64. */
    static final int LAST_STABLE_OFFSET = 26;
    /** Size of an entry, in bytes. */
    static final int SIZE = 34;

    static final short CURRENT_VERSION = 0;

    private AbortedTxnLayout() {}
}
