package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Checks what transactions promise. Several producers each copy a partition of their own to two others, and commit where
 * they are in the same transactions; they abort, crash and are fenced at random, and the broker is killed. All the time a
 * reader of what is committed watches, and in the end everything must be there, once, in order, in both places.
 *
 * <p>{@code -Dheddle.transactions.seconds=…} makes a longer run and tells how far it is, {@code
 * -Dheddle.transactions.seed=…} another one; {@code ./build transactions SECONDS SEED} is the command for it.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class TransactionCheckIT {

    static final String SOURCE = "source";
    static final String TARGET = "target";
    static final int COPIERS = 3;
    static final int TARGETS = 2;

    private static final int SHORT_SECONDS = 6;
    private static final int TOLD_EVERY = 10;

    private final Integer longRun = Integer.getInteger("heddle.transactions.seconds");
    private final long seed = Long.getLong("heddle.transactions.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void makeStartsCheap() {
        BrokerProcess.prepare();
    }

    @Test
    void whatIsCopiedInTransactionsIsCopiedExactlyOnce() {
        Path data = AgainstABroker.newDirectory("transactions");
        try (var broker = BrokerProcess.start(
                        data,
                        "virtual",
                        "log.segment.bytes=1048576",
                        "offsets.topic.num.partitions=3",
                        "transaction.state.log.num.partitions=3",
                        "transaction.state.log.segment.bytes=1048576",
                        "log.initial.task.delay.ms=20",
                        "log.cleaner.backoff.ms=20",
                        "log.cleaner.dedupe.buffer.size=2097152",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200");
                var clients = new Clients(broker.bootstrap())) {
            clients.createTopic(SOURCE, COPIERS);
            clients.createTopic(TARGET, TARGETS);
            check(broker, clients, "seed=" + seed + " directory=" + data);
            assertEquals(0, broker.stop(), broker::printed);
        }
        AgainstABroker.deleteRecursively(data);
    }

    private void check(BrokerProcess broker, Clients clients, String run) {
        var source = new TransactionSource(clients);
        var watcher = new TransactionWatcher(broker.bootstrap());
        List<TransactionCopier> copiers = new ArrayList<>();
        for (int i = 0; i < COPIERS; i++) {
            copiers.add(new TransactionCopier(broker.bootstrap(), i, random.nextLong(), source));
        }
        source.begin();
        watcher.begin();
        copiers.forEach(TransactionCopier::begin);
        killAtRandom(broker);
        source.finish();
        copiers.forEach(copier -> copier.finish(run));
        assertNothingHangs(clients, run);
        for (int target = 0; target < TARGETS; target++) {
            var copied = new TransactionWatcher.Seen(run);
            clients.readAll(new TopicPartition(TARGET, target), "read_committed")
                    .forEach(copied::add);
            copied.assertComplete(source);
        }
        watcher.finish(run, source);
        if (longRun != null) copiers.forEach(copier -> System.out.println(copier));
    }

    private void killAtRandom(BrokerProcess broker) {
        int seconds = longRun == null ? SHORT_SECONDS : longRun;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int kills = 0;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500 + random.nextInt(2_500)));
            broker.kill();
            broker.start();
            if (longRun != null && ++kills % TOLD_EVERY == 0) System.out.println("kill " + kills + " seed=" + seed);
        }
    }

    /** Every transaction has ended everywhere. */
    private static void assertNothingHangs(Clients clients, String run) {
        for (int target = 0; target < TARGETS; target++) {
            var partition = new TopicPartition(TARGET, target);
            Await.that(
                    () -> end(clients, partition, IsolationLevel.READ_COMMITTED)
                            == end(clients, partition, IsolationLevel.READ_UNCOMMITTED),
                    "no transaction is open in " + partition + " " + run);
        }
    }

    private static long end(Clients clients, TopicPartition partition, IsolationLevel isolation) {
        return Clients.get(clients.admin()
                        .listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
                        .partitionResult(partition))
                .offset();
    }
}
