package dev.heddle.log;

import dev.heddle.common.Time;

/**
 * What the cleaning of one log has taken. One cleaner thread counts; others may read once it is {@linkplain #finish
 * finished} and published.
 */
final class CleanerStats {

    private final Time time;
    private final long startNanos;
    long mapBytesRead;
    long mapRecordsRead;
    long bytesRead;
    long bytesWritten;
    long recordsRead;
    long recordsWritten;
    /** Records without a key, which do not belong in a compacted log. */
    long invalidRecords;

    double bufferUtilization;
    private long elapsedNanos;

    CleanerStats(Time time) {
        this.time = time;
        this.startNanos = time.nanoseconds();
    }

    void finish(double mapUtilization) {
        bufferUtilization = mapUtilization;
        elapsedNanos = time.nanoseconds() - startNanos;
    }

    double elapsedSeconds() {
        return elapsedNanos / 1e9;
    }

    @Override
    public String toString() {
        return "mapBytes=" + mapBytesRead + " mapRecords=" + mapRecordsRead + " bytesBefore=" + bytesRead
                + " bytesAfter=" + bytesWritten + " recordsBefore=" + recordsRead + " recordsAfter=" + recordsWritten
                + " invalidRecords=" + invalidRecords + " millis=" + elapsedNanos / 1_000_000;
    }
}
