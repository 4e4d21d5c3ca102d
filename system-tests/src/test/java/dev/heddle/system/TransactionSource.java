package dev.heddle.system;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes what is to be copied: to each partition of the source the numbers from 0 on. A thread of its own. */
final class TransactionSource {

    private static final int BURST = 20;

    private final KafkaProducer<String, String> producer;
    private final Thread thread = Thread.ofPlatform().name("source").unstarted(this::run);

    /** How many numbers each partition has got; said once it is no more. */
    private final AtomicIntegerArray counts = new AtomicIntegerArray(TransactionCheckIT.COPIERS);

    private volatile boolean stopping;
    private volatile boolean finished;
    private volatile Throwable failure;

    TransactionSource(Clients clients) {
        producer = clients.producer(Map.of("delivery.timeout.ms", "120000", "linger.ms", "1"));
    }

    void begin() {
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                for (int partition = 0; partition < TransactionCheckIT.COPIERS; partition++) {
                    for (int i = 0; i < BURST; i++) {
                        String value = "" + counts.getAndIncrement(partition);
                        producer.send(new ProducerRecord<>(TransactionCheckIT.SOURCE, partition, null, value));
                    }
                }
                producer.flush();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
            }
            finished = true;
        } catch (Throwable e) {
            failure = e;
        }
    }

    void finish() {
        stopping = true;
        try {
            thread.join(120_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (!finished) throw new AssertionError("the source was not written", failure);
    }

    /** Whether all is written that there will be. */
    boolean isFinished() {
        return finished;
    }

    int count(int partition) {
        return counts.get(partition);
    }
}
