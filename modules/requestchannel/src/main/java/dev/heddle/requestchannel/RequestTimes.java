package dev.heddle.requestchannel;

/**
 * When a request passed each station, in nanoseconds of {@link dev.heddle.common.Time#nanoseconds()}. Written by the
 * thread that has the request at that moment: Processor, handler, Processor again.
 *
 * <pre>
 * arrived ── queue ── started ── local + remote ── answered ── response queue ── taken ── send ── sent
 * </pre>
 *
 * Remote time is what the handler spent in waits; local time is the rest of its time.
 */
public final class RequestTimes {

    private final long arrivedNanos;
    private long startedNanos;
    private long waitBeganNanos;
    private long waitedNanos;
    private long answeredNanos;
    private long takenNanos;
    private long sentNanos;
    private long throttleTimeMs;
    private long messageConversionsNanos;
    private long temporaryMemoryBytes;

    RequestTimes(long arrivedNanos) {
        this.arrivedNanos = arrivedNanos;
        startedNanos = arrivedNanos;
    }

    void started(long nowNanos) {
        startedNanos = nowNanos;
    }

    void waitBegan(long nowNanos) {
        waitBeganNanos = nowNanos;
    }

    void waitEnded(long nowNanos) {
        waitedNanos += nowNanos - waitBeganNanos;
    }

    void answered(long nowNanos) {
        answeredNanos = nowNanos;
    }

    void sent(long takenNanos, long sentNanos) {
        this.takenNanos = takenNanos;
        this.sentNanos = sentNanos;
    }

    /** Says how long the client was told to hold back, in milliseconds. Called by the handler. */
    public void throttled(long millis) {
        throttleTimeMs = millis;
    }

    /** Adds time spent in converting records, in nanoseconds, and the memory it took. Called by the handler. */
    public void converted(long nanos, long bytes) {
        messageConversionsNanos += nanos;
        temporaryMemoryBytes += bytes;
    }

    /** When the frame was complete. */
    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** From arrival until a handler's thread began with it. */
    public long requestQueueNanos() {
        return startedNanos - arrivedNanos;
    }

    /** The handler's own time. */
    public long localNanos() {
        return answeredNanos - startedNanos - waitedNanos;
    }

    /** What the handler spent in waits, so far. */
    public long remoteNanos() {
        return waitedNanos;
    }

    /** From the answer until the Processor took it. */
    public long responseQueueNanos() {
        return takenNanos - answeredNanos;
    }

    /** From then until the client's socket had taken all of it. */
    public long responseSendNanos() {
        return sentNanos - takenNanos;
    }

    /** From arrival until all was sent. */
    public long totalNanos() {
        return sentNanos - arrivedNanos;
    }

    long throttleTimeMs() {
        return throttleTimeMs;
    }

    long messageConversionsNanos() {
        return messageConversionsNanos;
    }

    long temporaryMemoryBytes() {
        return temporaryMemoryBytes;
    }
}
