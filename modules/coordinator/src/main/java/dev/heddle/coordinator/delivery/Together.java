package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the same for several partitions at the same time, so that they wait for the coordinator's disk together. Any thread
 * may call it, and waits until the last is done.
 */
final class Together {

    private static final Logger LOG = LoggerFactory.getLogger(Together.class);

    private final Time time;

    Together(Time time) {
        this.time = time;
    }

    /** @return what failed, and why */
    <K> Map<K, AnswerException> run(List<K> items, Consumer<K> work) {
        if (items.isEmpty()) return Map.of();
        Map<K, AnswerException> failures = new ConcurrentHashMap<>();
        var waiter = new Waiter(time);
        var left = new AtomicInteger(items.size());
        List<K> others = new ArrayList<>(items);
        K own = others.removeLast();
        for (K item : others) {
            Threads.virtual("share-partition-change", () -> {
                        run(item, work, failures);
                        left.decrementAndGet();
                        waiter.wake();
                    })
                    .start();
        }
        run(own, work, failures);
        if (left.decrementAndGet() > 0) {
            while (left.get() > 0) waiter.await(time.deadlineAfterMs(Long.MAX_VALUE));
        }
        return new LinkedHashMap<>(failures);
    }

    private static <K> void run(K item, Consumer<K> work, Map<K, AnswerException> failures) {
        try {
            work.accept(item);
        } catch (AnswerException e) {
            failures.put(item, e);
        } catch (RuntimeException e) {
            LOG.error("A share partition cannot be changed: partition={}", item, e);
            failures.put(item, new AnswerException(Errors.UNKNOWN_SERVER_ERROR));
        }
    }
}
