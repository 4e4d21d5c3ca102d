package dev.heddle.coordinator.delivery;

import dev.heddle.common.Waiter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who waits until records of a share partition can be acquired. Any thread may call it, and nothing here blocks. */
final class FetchWaiters {

    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet(1);

    void add(Waiter waiter) {
        waiters.add(waiter);
    }

    void remove(Waiter waiter) {
        waiters.remove(waiter);
    }

    void wakeAll() {
        waiters.forEach(Waiter::wake);
    }
}
