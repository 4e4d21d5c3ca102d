package dev.heddle.app;

import dev.heddle.app.FaultTrap.Fault;
import dev.heddle.app.FaultTrap.Target;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A few lives of a broker, in one of which a directory fails; then one more, in which everything works again and all
 * that was acknowledged must be there. One thread uses it.
 */
final class FaultRun {

    static final Path METADATA_DIRECTORY = Path.of("/disk/metadata");

    static final Map<String, String> KEYS =
            Map.of("metadata.log.dir", METADATA_DIRECTORY.toString(), "log.cleaner.enable", "false");
    private static final int STEPS = 70;

    private final Path failing;
    private final Target target;
    private final FaultTrap trap;
    private final Ledger ledger = new Ledger();
    private SimulatedDisk disk = new SimulatedDisk();
    private boolean durable = true;

    FaultRun(Path failing, Target target) {
        this.failing = failing;
        this.target = target;
        this.trap = new FaultTrap(failing, target);
        disk.trap(trap);
    }

    /** Lets nothing fail; returns the places that were passed. */
    static Map<String, Integer> places(Path directory) throws IOException {
        var run = new FaultRun(directory, new Target("", -1, Fault.ERROR));
        run.run();
        return run.trap.passes();
    }

    void run() throws IOException {
        for (int life = 0; life < 4 && !trap.fired(); life++) live(life);
        trap.disarm();
        live(4);
    }

    private void live(int life) throws IOException {
        var broker = new SmallBroker(disk, KEYS);
        try {
            if (start(broker)) work(broker, life);
        } finally {
            end(broker, life);
        }
    }

    private boolean start(SmallBroker broker) throws IOException {
        try {
            broker.start(logs -> {});
        } catch (StopBrokerException e) {
            if (trap.fired() && isVital()) return false;
            throw e;
        }
        return true;
    }

    /** Whether the broker cannot go on without the directory. */
    private boolean isVital() {
        return failing.equals(METADATA_DIRECTORY);
    }

    private void work(SmallBroker broker, int life) throws IOException {
        try {
            if (check(broker)) new Workload(0, life, broker, ledger, this::mayFail).run(STEPS);
        } catch (HeddleException e) {
            if (!trap.fired() || !isVital()) throw e;
        }
        if (broker.broken.isEmpty()) verifyTheRest(broker);
        else if (!trap.fired() || !isVital()) throw broker.broken.element();
    }

    /** False if it was interrupted by the fault. */
    private boolean check(SmallBroker broker) throws IOException {
        var check = new LedgerCheck(broker, ledger, durable);
        try {
            if (trap.fired()) check.runWhereOnline();
            else check.run();
            check.goOn();
            return true;
        } catch (HeddleException | IOException e) {
            if (!trap.fired()) throw e;
            return false;
        }
    }

    private boolean mayFail(PartitionLedger partition, HeddleException failure) {
        if (!trap.fired()) return false;
        if (failure instanceof DirectoryOfflineException offline) {
            return offline.directory().equals(failing) && mayGoOffline();
        }
        return failure instanceof AnswerException answer
                && switch (answer.error()) {
                    case KAFKA_STORAGE_ERROR -> true;
                    // Of the groups whose partition is there.
                    case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE -> true;
                    default -> false;
                };
    }

    /** Only the one directory may have failed, and only its partitions. */
    private void verifyTheRest(SmallBroker broker) {
        for (LogDirectory directory : broker.parts.directories.all()) {
            boolean mayBeOffline = trap.fired() && directory.path().equals(failing) && mayGoOffline();
            if (!directory.online() && !mayBeOffline) throw new AssertionError(directory + " is offline");
        }
        var client = new Workload(1, 0, broker, ledger);
        for (PartitionLedger partition : ledger.partitions()) {
            boolean online = broker.isOnline(partition.partition);
            try {
                client.appendDurably(partition);
            } catch (HeddleException e) {
                if (!trap.fired() || !isAffected(broker, partition) || !mayFail(partition, e)) throw e;
                // When there is room again it is taken.
                if (trap.hasRoom()) client.appendDurably(partition);
                continue;
            }
            if (!online) throw new AssertionError(partition.partition + " takes records");
        }
    }

    /** One that is full goes on, unless it is new and cannot even get its name. */
    private boolean mayGoOffline() {
        return target.fault() != Fault.FULL || target.place().contains("LogDirectories.open");
    }

    /** Whether the partition's log lies in the directory that fails, or cannot be had. */
    private boolean isAffected(SmallBroker broker, PartitionLedger partition) {
        PartitionLog log = broker.parts.logs.log(partition.partition);
        return isVital() || log == null || log.directory().path().equals(failing);
    }

    /** What a directory that has failed leaves open is closed in the background. */
    private static void awaitClosed(SimulatedDisk disk) {
        long deadline = Time.SYSTEM.deadlineAfterMs(10_000);
        while (true) {
            List<Path> open = disk.openPaths().stream()
                    .filter(path -> !path.toString().contains("delete"))
                    .toList();
            if (open.isEmpty()) return;
            if (deadline - Time.SYSTEM.nanoseconds() < 0) throw new AssertionError("still open: " + open);
            Thread.onSpinWait();
        }
    }

    private void end(SmallBroker broker, int life) {
        if (life % 2 == 0 && life < 4) disk.cutPower();
        try {
            broker.close();
        } catch (HeddleException e) {
            if (!trap.fired() && !disk.isOff()) throw e;
        }
        awaitClosed(disk);
        durable = life != 0;
        SimulatedDisk next = durable ? disk.reboot(new Random(life)) : disk.killProcess();
        next.trap(trap);
        disk = next;
    }
}
