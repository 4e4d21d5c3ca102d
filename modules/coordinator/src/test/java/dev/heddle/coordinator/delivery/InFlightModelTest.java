package dev.heddle.coordinator.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.coordinator.delivery.Acquisition.Terms;
import dev.heddle.coordinator.delivery.Run.Hold;
import dev.heddle.log.SlicedBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever members, clocks, writes and the log do: {@link InFlight} comes to the same as a model of single offsets. */
class InFlightModelTest {

    private static final int STEPS = 3_000;
    private static final List<String> MEMBERS = List.of("alice", "bob", "carol");
    private static final long LOCK_NANOS = 50;

    /** A write under way, as each of the two knows it. */
    private record Write(Change change, int modelChange) {}

    private final TestLog log = new TestLog();
    private final ArrayDeque<Write> writes = new ArrayDeque<>();
    private Random random = new Random(0);
    private InFlight inFlight = InFlight.of(0, List.of());
    private OffsetModel model = new OffsetModel(0, 5);
    private int maxDeliveries;
    private int maxInFlight;
    private long now;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void comesToTheSameAsOffsetByOffset(long seed) {
        random = new Random(seed);
        maxDeliveries = 2 + random.nextInt(8);
        maxInFlight = 20 + random.nextInt(60);
        begin();
        for (int step = 0; step < STEPS; step++) {
            step();
            check();
        }
        assertTrue(inFlight.runs().start() > 100, "the group gets on");
    }

    /** As after a change of leaders: some was written down, and nothing is known of the rest. */
    private void begin() {
        long start = random.nextInt(20);
        model = new OffsetModel(start, maxDeliveries);
        List<StateBatch> batches = new ArrayList<>();
        long first = start;
        for (int i = random.nextInt(4); i > 0; i--) {
            first += random.nextInt(8);
            long last = first + random.nextInt(6);
            var state = List.of(DeliveryState.AVAILABLE, DeliveryState.ACKNOWLEDGED, DeliveryState.ARCHIVED)
                    .get(random.nextInt(3));
            int count = 1 + random.nextInt(maxDeliveries - 1);
            batches.add(new StateBatch(first, last, state.id(), (short) count));
            model.load(first, last, state, count);
            first = last + 1;
        }
        inFlight = InFlight.of(start, batches);
        model.loaded();
        check();
    }

    private void step() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> grow();
            case 3, 4, 5, 6 -> acquire();
            case 7, 8, 9 -> acknowledge();
            case 10, 11 -> conclude();
            case 12 -> release();
            default -> passTime();
        }
        if (random.nextInt(60) == 0) moveStart();
        if (random.nextInt(40) == 0 && log.size() > 3) log.remove(random.nextInt(log.size()));
    }

    private void grow() {
        if (log.end() > inFlight.runs().next() + 100) return;
        long base = log.end() + (random.nextInt(8) == 0 ? random.nextInt(10) : 0);
        long last = base + random.nextInt(12);
        switch (random.nextInt(6)) {
            case 0 -> log.abortedBatch(base, last);
            case 1 -> log.committedBatch(base, last);
            default -> log.batch(base, last);
        }
    }

    private void acquire() {
        long offset = inFlight.nextFetchOffset();
        assertEquals(model.nextFetchOffset(), offset);
        List<SlicedBatch> batches = log.read(offset, 1 + random.nextInt(6));
        if (batches.isEmpty()) return;
        var terms = new Terms(
                new Hold(MEMBERS.get(random.nextInt(3)), now + LOCK_NANOS),
                random.nextBoolean(),
                1 + random.nextInt(20),
                1 + random.nextInt(40),
                maxDeliveries,
                maxInFlight);
        List<Long> expected = model.acquire(offset, batches, log.aborted(), terms);
        var acquisition = new Acquisition(inFlight.runs(), terms, batches);
        List<Long> acquired = new ArrayList<>();
        for (AcquiredRecords records : acquisition.acquire(offset, log.aborted())) {
            for (long taken = records.firstOffset(); taken <= records.lastOffset(); taken++) {
                acquired.add(taken);
                assertEquals(model.cells.get(taken).count, records.deliveryCount());
                assertTrue(records.deliveryCount() <= maxDeliveries);
            }
        }
        assertEquals(expected, acquired);
    }

    private void acknowledge() {
        String member = MEMBERS.get(random.nextInt(3));
        List<Acknowledgement> said = said(member);
        if (said.isEmpty()) return;
        boolean renews = random.nextInt(4) != 0;
        long until = now + LOCK_NANOS;
        int expected = model.acknowledge(member, said, renews, until);
        try {
            Change change = inFlight.acknowledge(member, said, maxDeliveries, renews ? until : null);
            assertFalse(expected < 0, "it is to be refused");
            assertEquals(expected == 0, change.isEmpty());
            if (expected > 0) writes.add(new Write(change, expected));
        } catch (AnswerException e) {
            assertEquals(-1, expected, "it is not to be refused: " + e.getMessage());
        }
    }

    /** Mostly of records that the member has. */
    private List<Acknowledgement> said(String member) {
        List<Acknowledgement> said = new ArrayList<>();
        for (Run run : inFlight.runs().all()) {
            if (random.nextInt(3) == 0) continue;
            if (!run.isHeldBy(member) && random.nextInt(30) != 0) continue;
            long first = run.first() + random.nextInt((int) run.size());
            long last = first + random.nextInt((int) (run.last() - first + 1)) + (random.nextInt(25) == 0 ? 1 : 0);
            if (random.nextInt(40) == 0) first = Math.max(0, first - 20);
            said.add(new Acknowledgement(first, last, types(last - first + 1)));
        }
        return said;
    }

    private List<Byte> types(long size) {
        if (random.nextBoolean()) return List.of((byte) random.nextInt(5));
        List<Byte> types = new ArrayList<>();
        for (long i = 0; i < size; i++) types.add((byte) random.nextInt(5));
        return types;
    }

    private void conclude() {
        Write write = writes.poll();
        if (write == null) return;
        boolean written = random.nextInt(4) != 0;
        if (written) inFlight.commit(write.change);
        else inFlight.rollBack(write.change, now, maxDeliveries);
        model.conclude(write.modelChange, written, now);
    }

    private void release() {
        String member = MEMBERS.get(random.nextInt(3));
        int expected = model.release(member);
        Change change = inFlight.release(member, maxDeliveries);
        assertEquals(expected == 0, change.isEmpty());
        if (expected > 0) writes.add(new Write(change, expected));
    }

    private void passTime() {
        now += random.nextInt(30);
        long expected = model.expire(now);
        assertEquals(expected, inFlight.expire(now, maxDeliveries).records());
    }

    private void moveStart() {
        long offset = inFlight.runs().start() + random.nextInt(30);
        inFlight.moveStart(offset);
        model.moveStart(offset);
    }

    private void check() {
        Runs runs = inFlight.runs();
        assertEquals(model.start, runs.start());
        assertEquals(model.next, runs.next());
        assertEquals(model.nextFetchOffset(), inFlight.nextFetchOffset());
        assertEquals(model.complete(), inFlight.deliveryCompleteCount());
        long offset = runs.start();
        Run before = null;
        for (Run run : runs.all()) {
            assertEquals(offset, run.first(), "no holes, no overlaps");
            assertTrue(before == null || !before.isContinuedBy(run), "neighbours differ");
            if (before == null) assertFalse(run.state().isTerminal(), "it starts with something to do");
            for (; offset <= run.last(); offset++)
                assertEquals(model.cells.get(offset).show(), show(run), "at " + offset);
            before = run;
        }
        assertEquals(runs.next(), offset);
    }

    private static String show(Run run) {
        String member = run.hold() == null ? null : run.hold().memberId();
        String batch = run.batch() == null
                ? "-1--1"
                : run.batch().first() + "-" + run.batch().last();
        return run.state() + " x" + run.deliveryCount() + " " + member + " " + (run.decision() != null) + " " + batch;
    }
}
