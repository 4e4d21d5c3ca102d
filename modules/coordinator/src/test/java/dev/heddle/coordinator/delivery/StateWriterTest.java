package dev.heddle.coordinator.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StateWriterTest {

    /** Notes what is written, and holds back the first write. */
    private static final class Target implements StateWriter.Target {

        final List<List<Long>> writes = new ArrayList<>();
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        int concluded;

        @Nullable RuntimeException failure;

        @Override
        public void write(List<Change> changes) {
            begun.countDown();
            await(goOn);
            if (failure != null) throw failure;
            writes.add(changes.stream()
                    .map(change -> change.batches().getFirst().firstOffset())
                    .toList());
        }

        @Override
        public void conclude(List<Change> changes, @Nullable AnswerException failure) {
            concluded += changes.size();
        }

        static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final Target target = new Target();
    private final StateWriter writer = new StateWriter(target);

    private static Change change(long offset) {
        var change = new Change();
        change.add(Run.unknown(offset, offset), DeliveryState.ACKNOWLEDGED);
        return change;
    }

    private Thread writing(Change change) {
        Thread thread = Threads.platform("writing", () -> writer.await(change));
        thread.start();
        return thread;
    }

    @Test
    void writesWhatWasDecidedMeanwhileTogetherAndInOrder() throws Exception {
        Change first = change(1);
        writer.add(first);
        Thread one = writing(first);
        Target.await(target.begun);
        Change second = change(2);
        Change third = change(3);
        writer.add(second);
        writer.add(third);
        Thread three = writing(third);
        Thread two = writing(second);
        target.goOn.countDown();
        one.join();
        two.join();
        three.join();
        assertEquals(List.of(List.of(1L), List.of(2L, 3L)), target.writes);
        assertEquals(3, target.concluded);
    }

    @Test
    void writesNothingForAChangeOfNothing() {
        var nothing = new Change();
        writer.add(nothing);
        writer.await(nothing);
        assertEquals(List.of(), target.writes);
    }

    @Test
    void tellsEveryoneWhoseChangeIsNotWritten() {
        target.goOn.countDown();
        target.failure = new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
        Change first = change(1);
        Change second = change(2);
        writer.add(first);
        writer.add(second);
        for (Change change : List.of(second, first)) {
            AnswerException failure = assertThrows(AnswerException.class, () -> writer.await(change));
            assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, failure.error());
        }
        assertEquals(2, target.concluded);
    }

    @Test
    void leavesNobodyWithoutAnOutcomeWhenSomethingBreaks() {
        target.goOn.countDown();
        target.failure = new IllegalStateException("broken");
        Change change = change(1);
        writer.add(change);
        AnswerException failure = assertThrows(AnswerException.class, () -> writer.await(change));
        assertEquals(Errors.UNKNOWN_SERVER_ERROR, failure.error());
        assertTrue(change.isOver());
    }
}
