package dev.heddle.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** A log of either implementation, as its broker's request handlers use it. One thread at a time calls it. */
interface MeasuredLog extends AutoCloseable {

    /** Appends as the leader does for acks=1, and moves the high watermark along. */
    void append(MemoryRecords records);

    /** Finds what a fetch at {@code offset} would send; returns how many bytes. */
    int fetch(long offset, int maxBytes);

    /** As {@link #fetch}, and reads it into {@code buffer}; returns the offset to go on at. */
    long read(long offset, ByteBuffer buffer);

    long offsetForTimestamp(long timestamp);

    long endOffset();

    /** Throws everything away. */
    void clear();

    /** Begins a new segment and syncs everything before it. */
    void rollAndFlush();

    /** Compacts everything but the active segment; returns how many bytes that was. */
    long compact();

    /** Runs work on the kind of thread that this broker's handlers are. */
    void onHandlerThread(Runnable work);

    /** Closes the files, as after a crash: nothing is written. */
    @Override
    void close();
}
