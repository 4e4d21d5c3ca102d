package dev.heddle.app;

import dev.heddle.app.FaultTrap.Fault;
import dev.heddle.app.FaultTrap.Target;
import dev.heddle.common.Threads;
import dev.heddle.log.PartitionLog;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A life of a broker in which one call on its first directory hangs, while clients go on using the second one; then it
 * returns, and everything must be as if nothing had been. One thread uses it.
 */
final class StallRun {

    private static final int STEPS = 120;

    private final Ledger ledger = new Ledger();
    private final FaultTrap trap;
    private SimulatedDisk disk = new SimulatedDisk();

    private StallRun(Target target) {
        this.trap = new FaultTrap(SmallBroker.FIRST_DIRECTORY, target);
    }

    /** Lets nothing hang; returns the places that were passed. */
    static Map<String, Integer> places() throws IOException {
        var run = new StallRun(new Target("", -1, Fault.STALL));
        run.run();
        return run.trap.passes();
    }

    /** Lets one call hang; false if no call came from there. */
    static boolean at(String place) throws IOException {
        var run = new StallRun(new Target(place, 0, Fault.STALL));
        run.run();
        return run.trap.fired();
    }

    private void run() throws IOException {
        try (var broker = new SmallBroker(disk, FaultRun.KEYS)) {
            broker.start();
            new LedgerCheck(broker, ledger, true).run();
            new Workload(0, 0, broker, ledger).run(STEPS / 2);
            disk.trap(trap);
            workWhileItHangs(broker);
            disk.trap(SimulatedDisk.Trap.NONE);
            if (!broker.broken.isEmpty()) throw broker.broken.element();
        }
        disk = disk.reboot(new Random(0));
        try (var broker = new SmallBroker(disk, FaultRun.KEYS)) {
            broker.start();
            var check = new LedgerCheck(broker, ledger, true);
            check.run();
            check.goOn();
        }
    }

    private void workWhileItHangs(SmallBroker broker) {
        var failure = new AtomicReference<Throwable>();
        Thread client = Threads.platform("client", () -> {
            try {
                new Workload(0, 1, broker, ledger).run(STEPS);
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        client.start();
        try {
            if (trap.awaitStall(client)) useTheOther(broker);
        } finally {
            trap.disarm();
        }
        join(client);
        Throwable thrown = failure.get();
        if (thrown != null) throw new AssertionError("when it went on: " + thrown, thrown);
    }

    private void useTheOther(SmallBroker broker) {
        var other = new Workload(1, 0, broker, ledger);
        List<PartitionLedger> unaffected = ledger.partitions().stream()
                .filter(partition -> {
                    PartitionLog log = broker.parts.logs.log(partition.partition);
                    return log != null && log.directory().path().equals(SmallBroker.SECOND_DIRECTORY);
                })
                .toList();
        if (unaffected.isEmpty()) throw new AssertionError("nothing is in the other directory");
        for (PartitionLedger partition : unaffected) other.appendDurably(partition);
    }

    private static void join(Thread client) {
        try {
            client.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
