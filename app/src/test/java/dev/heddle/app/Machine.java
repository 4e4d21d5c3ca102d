package dev.heddle.app;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Threads;
import dev.heddle.log.PartitionLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A machine on which a broker lives, dies and lives again. One thread uses it.
 *
 * <p>For maintainers: from the seed follow what the clients do, after how many calls of the broker the power goes, in
 * which life, and what of the unsynced data survives. Where one client works and nothing happens in the background, that
 * is nearly everything: what remains to chance is which of two syncs of a directory comes first. Every fourth machine has
 * three clients, a cleaner that never rests, and checkpoints all the time: its seed gives much the same run, not the same.
 */
final class Machine {

    static final int CLIENTS = 3;

    private static final int LIVES = 5;
    private static final int STEPS = 60;

    private static final Map<String, String> QUIET = Map.of("log.cleaner.enable", "false");
    private static final Map<String, String> BUSY = Map.of(
            "log.cleaner.backoff.ms", "1",
            "log.segment.delete.delay.ms", "1",
            "log.initial.task.delay.ms", "10",
            "log.retention.check.interval.ms", "3",
            "log.flush.offset.checkpoint.interval.ms", "2",
            "log.flush.start.offset.checkpoint.interval.ms", "2",
            "replica.high.watermark.checkpoint.interval.ms", "3");

    private final Random random;
    private final boolean busy;
    private final Ledger ledger = new Ledger();

    private SimulatedDisk disk = new SimulatedDisk();
    private boolean durable = true;
    private int cuts;

    Machine(long seed) {
        random = new Random(seed);
        busy = random.nextInt(4) == 0;
    }

    /** How often the power was cut. */
    int cuts() {
        return cuts;
    }

    /** How a life ends. */
    private enum End {
        /** The power goes at some call. */
        POWER_CUT,
        /** The process dies at some call; the machine goes on. */
        KILL,
        /** The broker is stopped, then the power goes. */
        STOP,
        /** The power goes while the broker is being stopped. */
        CUT_STOP;

        static End choose(Random random) {
            int dice = random.nextInt(20);
            return dice < 11 ? POWER_CUT : dice < 14 ? KILL : dice < 18 ? STOP : CUT_STOP;
        }
    }

    void run() throws IOException {
        for (int life = 0; life < LIVES; life++) {
            if (random.nextInt(4) == 0) disk.cutPowerAfter(random.nextInt(80));
            live(End.choose(random));
        }
        // In the last one everything must be there, and work.
        live(End.STOP);
    }

    private void live(End end) throws IOException {
        var broker = new SmallBroker(disk, busy ? BUSY : QUIET);
        boolean finished = false;
        try {
            if (unlessOff(() -> takeUp(broker))) {
                boolean early = end == End.POWER_CUT || end == End.KILL;
                disk.cutPowerAfter(early ? callsBeforeTheEnd() : Long.MAX_VALUE / 2);
                finished = work(broker);
            }
        } finally {
            end(broker, end, finished);
        }
    }

    /** How many calls that change something the broker makes before the power goes. */
    private int callsBeforeTheEnd() {
        return random.nextInt(10) == 0 ? random.nextInt(20) : random.nextInt(400);
    }

    private interface Work {
        void run() throws IOException;
    }

    /** Whether it was done; what fails because the power is off does not count. */
    private boolean unlessOff(Work work) throws IOException {
        try {
            work.run();
            return true;
        } catch (HeddleException | IOException e) {
            if (disk.isOff()) return false;
            throw e;
        }
    }

    private void takeUp(SmallBroker broker) throws IOException {
        broker.start(this::noteLogs);
        var check = new LedgerCheck(broker, ledger, durable);
        check.run();
        check.goOn();
    }

    private void noteLogs(Collection<PartitionLog> logs) {
        for (PartitionLog log : logs) {
            Ledger.Topic topic = ledger.topics.get(log.topicPartition().topic());
            if (topic == null) continue;
            PartitionLedger partition =
                    topic.partitions.get(log.topicPartition().partition());
            partition.log = log;
            partition.startWhenLoaded = log.logStartOffset();
        }
    }

    private boolean work(SmallBroker broker) throws IOException {
        if (!busy)
            return unlessOff(() -> new Workload(0, random.nextLong(), broker, ledger)
                    .withCoordinator()
                    .run(STEPS));
        var failures = new ConcurrentLinkedQueue<Throwable>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            var workload = new Workload(i, random.nextLong(), broker, ledger).withCoordinator();
            clients.add(Threads.virtual("client", () -> {
                try {
                    unlessOff(() -> workload.run(STEPS / 2));
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        clients.forEach(Thread::start);
        for (Thread client : clients) join(client);
        if (!failures.isEmpty()) throw new AssertionError(failures.peek());
        return !disk.isOff();
    }

    private static void join(Thread client) {
        try {
            client.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void end(SmallBroker broker, End end, boolean finished) throws IOException {
        if (finished && (end == End.STOP || end == End.CUT_STOP)) stop(broker, end);
        disk.cutPower();
        closeDead(broker);
        noteStarts();
        if (end == End.KILL) {
            disk = disk.killProcess();
            durable = false;
        } else {
            cut();
        }
    }

    private void stop(SmallBroker broker, End end) throws IOException {
        if (end == End.CUT_STOP) disk.cutPowerAfter(random.nextInt(60));
        boolean closed = unlessOff(broker::close);
        if (closed && !disk.isOff()) ledger.partitions().forEach(this::closedCleanly);
    }

    private void cut() {
        disk = disk.reboot(random);
        durable = true;
        cuts++;
    }

    private static void closeDead(SmallBroker broker) {
        try {
            broker.close();
        } catch (HeddleException e) {
            // Without power nothing can be closed properly.
            return;
        }
    }

    private void noteStarts() {
        for (Ledger.Topic topic : ledger.topics.values()) {
            for (PartitionLedger partition : topic.partitions) {
                PartitionLog log = partition.log;
                if (log != null) partition.startedAt(log.logStartOffset());
            }
        }
    }

    private void closedCleanly(PartitionLedger partition) {
        PartitionLog log = partition.log;
        if (log != null) partition.committed(log.logEndOffset());
    }
}
