package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

/** Deletes what a writer has had acknowledged some time ago. */
final class CrashDeleter extends CrashWorker {

    private static final int SPARED = 300;

    private final Clients clients;
    private final TopicPartition partition;
    private final CrashWriter writer;
    private long attempted;
    private long acknowledged;

    CrashDeleter(Clients clients, TopicPartition partition, CrashWriter writer) {
        super("deleter of " + partition);
        this.clients = clients;
        this.partition = partition;
        this.writer = writer;
    }

    @Override
    void step() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        long before = writer.acknowledged() - SPARED;
        if (before <= attempted) return;
        attempted = before;
        try {
            clients.admin()
                    .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            acknowledged = before;
        } catch (ExecutionException | TimeoutException unacknowledged) {
            // They may or may not be gone.
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    void verify(String context) {
        assertTrue(acknowledged > 0);
        // A crash may bring back what was deleted just before, as with Apache Kafka, but takes no more than was asked
        // for.
        long start = clients.startOffset(partition);
        assertTrue(start > 0 && start <= attempted, () -> start + " of " + attempted + " " + context);
    }
}
