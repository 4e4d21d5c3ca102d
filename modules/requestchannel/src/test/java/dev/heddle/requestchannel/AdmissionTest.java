package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AdmissionTest {

    private final AtomicInteger told = new AtomicInteger();

    private Admission admission(int maxRequests, long maxBytes) {
        var admission = new Admission(maxRequests, maxBytes);
        admission.addRoomListener(told::incrementAndGet);
        return admission;
    }

    @Test
    void requestsBeyondTheCountAreRefusedUntilOneIsDone() {
        var admission = admission(2, 1000);
        assertTrue(admission.tryAdmit(false, 1, 0));
        assertTrue(admission.tryAdmit(false, 1, 0));
        assertFalse(admission.tryAdmit(false, 1, 0));
        admission.releaseCount();
        assertEquals(1, told.get());
        assertTrue(admission.tryAdmit(false, 1, 0));
        admission.releaseCount();
        assertEquals(1, told.get(), "nobody was refused since");
    }

    @Test
    void theReserveIsOpenToSmallRequestsOnlyAndHasAnEnd() {
        var admission = admission(1, 1000);
        assertTrue(admission.tryAdmit(false, 1, 0));
        assertFalse(admission.tryAdmit(false, 1, 0));
        int admitted = 0;
        while (admission.tryAdmit(true, 1, 0)) admitted++;
        assertEquals(16, admitted);
        admission.releaseCount();
        assertEquals(1, told.get(), "room in the reserve is told though there is none for data");
        assertTrue(admission.tryAdmit(true, 1, 0));
        assertFalse(admission.tryAdmit(false, 1, 0));
    }

    @Test
    void bytesAreAdmittedUntilTheLimitIsReachedAndSmallRequestsBeyondIt() {
        var admission = admission(10, 100);
        assertTrue(admission.tryAdmit(false, 99, 0));
        assertTrue(admission.tryAdmit(false, 5000, 0));
        assertFalse(admission.tryAdmit(false, 1, 0));
        assertTrue(admission.tryAdmit(true, 1, 0));
        assertEquals(3, admission.requests());
        admission.releaseBytes(99);
        assertEquals(0, told.get());
        admission.releaseBytes(5000);
        assertEquals(1, told.get());
        assertTrue(admission.hasRoom());
    }

    @Test
    void aRequestWhoseMemoryIsTakenIsNotRefusedForItsBytes() {
        var admission = admission(10, 100);
        assertTrue(admission.tryReserve(100));
        assertFalse(admission.tryReserve(1));
        assertTrue(admission.tryAdmit(false, 90, 100));
        assertEquals(90, admission.bytes());
    }

    @Test
    void askingForRoomInVainIsRemembered() {
        var admission = admission(1, 100);
        admission.tryAdmit(false, 1, 0);
        assertFalse(admission.hasRoom());
        admission.releaseCount();
        assertEquals(1, told.get());
    }

    @Test
    void whoIsRefusedIsAlwaysToldInTheEnd() throws InterruptedException {
        var admission = new Admission(2, 1000);
        var signals = new ArrayList<Semaphore>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            var signal = new Semaphore(0);
            signals.add(signal);
            admission.addRoomListener(signal::release);
            threads.add(Threads.platform("worker", () -> {
                for (int i = 0; i < 3000; i++) {
                    while (!admission.tryAdmit(false, 300, 0)) signal.acquireUninterruptibly();
                    admission.releaseCount();
                    admission.releaseBytes(300);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) thread.join();
        assertEquals(0, admission.requests());
        assertEquals(0, admission.bytes());
    }
}
