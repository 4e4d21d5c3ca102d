package dev.heddle.metadata;

import dev.heddle.common.Waiter;
import java.util.List;
import java.util.OptionalInt;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Where the metadata log, its snapshots and the quorum's state are kept. Names of files are relative to the directory of
 * the log. The controller calls it under its lock, and its background work beside it.
 */
interface MetadataStorage {

    /** The id of the cluster that the log directories belong to. */
    String clusterId();

    /** Opens the log, or makes it; cuts off what a crash left torn. */
    Log openLog();

    /** The whole content of a file; null if there is none. */
    byte @Nullable [] read(String name);

    /** Creates or replaces a file, atomically and durably, by way of {@code temporary}. */
    void replace(String name, String temporary, byte[] content);

    /** The names of all files. */
    List<String> list();

    /** The size of a file, in bytes. */
    long size(String name);

    /** Deletes a file, if there is one. */
    void delete(String name);

    /** What the log directories were formatted with; null if they never were. */
    byte @Nullable [] readBootstrap();

    /** Notes in every log directory what it is formatted with. */
    void writeBootstrap(byte[] content);

    /** The log itself. */
    interface Log extends AutoCloseable {

        long startOffset();

        long endOffset();

        long sizeInBytes();

        /** The leader epoch of the last batch; empty if there is none. */
        OptionalInt latestEpoch();

        /** A leader epoch begins at the end offset. */
        void beginEpoch(int epoch);

        /** Some batches from the one that holds {@code offset} on; empty at the end. */
        MemoryRecords read(long offset);

        /**
         * Appends one batch, which carries the end offset and {@code epoch} already.
         *
         * @param useReserve whether it may go into what is set aside, if the disk is full
         * @throws dev.heddle.log.NoRoomException if there is no room; nothing has changed then
         */
        void append(MemoryRecords batch, int epoch, boolean useReserve);

        /** Whether there is more room than what is set aside; sets aside what is missing. */
        boolean hasRoom();

        /** Waits until everything below {@code endOffset} is on disk; false if the waiter was cancelled before. */
        boolean awaitDurable(long endOffset, Waiter waiter, long deadlineNanos);

        /** Says that everything below {@code offset} is committed. */
        void commit(long offset);

        /** Takes back everything from {@code offset} on. */
        void truncateTo(long offset);

        /** Removes everything and begins anew at {@code offset}. */
        void restartAt(long offset);

        /** Forgets what lies below {@code offset}, as far as whole files go. */
        void deleteBefore(long offset);

        @Override
        void close();
    }
}
