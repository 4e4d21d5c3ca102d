package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;

/** A consumer on a thread of its own, which polls, commits and notes what it has seen until it is closed. */
final class PollingMember implements AutoCloseable {

    private final KafkaConsumer<String, String> consumer;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Set<TopicPartition> assigned = ConcurrentHashMap.newKeySet();
    private final Set<String> seen;
    private volatile int rebalances;
    private volatile boolean closing;

    /** @param subscribe subscribes, with the listener that it is given */
    PollingMember(
            Clients clients,
            Map<String, ?> settings,
            Set<String> seen,
            BiConsumer<KafkaConsumer<String, String>, ConsumerRebalanceListener> subscribe) {
        var all = new HashMap<String, Object>(settings);
        all.put("enable.auto.commit", "false");
        consumer = clients.consumer(all);
        this.seen = seen;
        subscribe.accept(consumer, new Listener());
        Thread.ofPlatform().daemon().name("member").start(this::run);
    }

    private void run() {
        try (consumer) {
            while (!closing) {
                var records = new ArrayList<ConsumerRecord<String, String>>();
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                records.forEach(record -> seen.add(record.value()));
                if (!records.isEmpty()) commit();
            }
        } catch (WakeupException closed) {
            // Out of a poll, which has nothing left to commit.
        } finally {
            done.countDown();
        }
    }

    private void commit() {
        try {
            consumer.commitSync();
        } catch (RebalanceInProgressException | CommitFailedException rebalancing) {
            // The next owner of the partitions commits past these records.
        } catch (WakeupException closed) {
            consumer.commitSync();
        }
    }

    /** How many partitions it has. */
    int count() {
        return assigned.size();
    }

    Set<TopicPartition> assigned() {
        return Set.copyOf(assigned);
    }

    /** How often it was given partitions. */
    int rebalances() {
        return rebalances;
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            assertTrue(done.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            partitions.forEach(assigned::remove);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assigned.addAll(partitions);
            rebalances++;
        }
    }
}
