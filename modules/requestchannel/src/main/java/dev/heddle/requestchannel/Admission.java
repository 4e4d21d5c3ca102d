package dev.heddle.requestchannel;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the requests of a plane and the bytes they hold, and refuses more than there is room for. Any thread may call
 * it; nobody ever waits here.
 *
 * <p>For maintainers: whoever is refused sets a flag and tries once more; whoever gives back looks at the flags
 * afterwards. So either the second try finds the room, or the giver finds the flag and tells every listener. Counts
 * are raised by compare-and-set, never beyond the limit and back, which could refuse another caller for nothing.
 *
 * <p>Bytes are admitted as long as the limit is not reached, whatever the size: a request that is larger than the limit
 * must get through some time. And a request whose memory is taken already is never refused for its bytes, for only when
 * it is done is that memory free again.
 */
final class Admission {

    private static final int LEAST_RESERVE = 16;

    private final int maxRequests;
    private final int maxWithReserve;
    private final long maxBytes;

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** Whether somebody was refused since the listeners were last told of room. */
    private volatile boolean refused;

    /** The same for those who may use the reserve: room for them may return while there is none for others. */
    private volatile boolean refusedReserve;

    private final List<Runnable> roomListeners = new CopyOnWriteArrayList<>();

    Admission(int maxRequests, long maxBytes) {
        this.maxRequests = maxRequests;
        this.maxWithReserve =
                (int) Math.min(Integer.MAX_VALUE, maxRequests + Math.max(LEAST_RESERVE, maxRequests / 4L));
        this.maxBytes = maxBytes;
    }

    /** {@code listener} is called, by any thread, when there is room again after a refusal. It must not block. */
    void addRoomListener(Runnable listener) {
        roomListeners.add(listener);
    }

    void removeRoomListener(Runnable listener) {
        roomListeners.remove(listener);
    }

    /**
     * Takes room for a request.
     *
     * @param reserved whether it may use the reserved share, in count and in bytes
     * @param credit how many of its bytes are taken already, by {@link #tryReserve}
     */
    boolean tryAdmit(boolean reserved, int size, long credit) {
        if (tryOnce(reserved, size, credit)) return true;
        if (reserved) refusedReserve = true;
        else refused = true;
        return tryOnce(reserved, size, credit);
    }

    /** Takes room for bytes of a request that has not wholly arrived. */
    boolean tryReserve(long size) {
        if (tryBytes(false, size, 0)) return true;
        refused = true;
        return tryBytes(false, size, 0);
    }

    /** Takes bytes though there may be no room. */
    void reserve(long size) {
        bytes.addAndGet(size);
    }

    private boolean tryOnce(boolean reserved, int size, long credit) {
        if (!tryCount(reserved ? maxWithReserve : maxRequests)) return false;
        if (tryBytes(reserved, size, credit)) return true;
        releaseCount();
        return false;
    }

    private boolean tryCount(int limit) {
        int current;
        do {
            current = requests.get();
            if (current >= limit) return false;
        } while (!requests.compareAndSet(current, current + 1));
        return true;
    }

    private boolean tryBytes(boolean reserved, long size, long credit) {
        long current;
        do {
            current = bytes.get();
            if (!reserved && credit == 0 && current >= maxBytes) return false;
        } while (!bytes.compareAndSet(current, current + size - credit));
        return true;
    }

    /** A request that had waited runs on. It counts again, even beyond the limit. */
    void resume() {
        requests.incrementAndGet();
    }

    /** A request is done, or begins to wait. */
    void releaseCount() {
        requests.decrementAndGet();
        tellOfRoom();
    }

    /** The memory of a request is free again. */
    void releaseBytes(long size) {
        if (size == 0) return;
        bytes.addAndGet(-size);
        tellOfRoom();
    }

    private void tellOfRoom() {
        boolean roomInReserve = refusedReserve && requests.get() < maxWithReserve;
        boolean room = refused && !isFull();
        if (!room && !roomInReserve) return;
        refused = false;
        refusedReserve = false;
        roomListeners.forEach(Runnable::run);
    }

    /** Whether a request without a share in the reserve would be admitted now; if not, that counts as a refusal. */
    boolean hasRoom() {
        if (!isFull()) return true;
        refused = true;
        return !isFull();
    }

    private boolean isFull() {
        return requests.get() >= maxRequests || bytes.get() >= maxBytes;
    }

    int requests() {
        return requests.get();
    }

    long bytes() {
        return bytes.get();
    }

    long maxBytes() {
        return maxBytes;
    }
}
