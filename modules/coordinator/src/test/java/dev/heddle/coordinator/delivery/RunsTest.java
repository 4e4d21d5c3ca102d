package dev.heddle.coordinator.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.coordinator.delivery.Run.Batch;
import dev.heddle.coordinator.delivery.Run.Hold;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunsTest {

    private static final Batch BATCH = new Batch(10, 19);
    private static final Hold ALICE = new Hold("alice", 5);

    private final Runs runs = new Runs(10);

    private List<Run> all() {
        return List.copyOf(runs.all());
    }

    @Test
    void isEmptyWhereItStarts() {
        assertEquals(10, runs.start());
        assertEquals(10, runs.next());
        assertEquals(List.of(), runs.between(0, 100));
        assertThrows(IllegalArgumentException.class, () -> runs.at(10));
    }

    @Test
    void takesRunsOnlyAtItsEnd() {
        runs.append(Run.acquired(10, 19, BATCH, ALICE));
        assertThrows(IllegalArgumentException.class, () -> runs.append(Run.unknown(25, 30)));
        assertThrows(IllegalArgumentException.class, () -> runs.append(Run.unknown(15, 30)));
        assertEquals(20, runs.next());
    }

    @Test
    void dividesARunOfWhichAPartChanges() {
        Run whole = Run.acquired(10, 19, BATCH, ALICE);
        runs.append(whole);
        runs.replace(12, 14, run -> run.become(DeliveryState.AVAILABLE));
        assertEquals(
                List.of(
                        whole.between(10, 11),
                        whole.between(12, 14).become(DeliveryState.AVAILABLE),
                        whole.between(15, 19)),
                all());
        assertEquals(12, runs.at(13).first());
    }

    @Test
    void joinsNeighboursOfWhichTheSameIsToBeSaidAgain() {
        Run whole = Run.acquired(10, 19, BATCH, ALICE);
        runs.append(whole);
        runs.replace(12, 14, run -> run.become(DeliveryState.AVAILABLE));
        runs.replace(10, 19, run -> run.become(DeliveryState.AVAILABLE));
        assertEquals(List.of(whole.become(DeliveryState.AVAILABLE)), all());
    }

    @Test
    void keepsBatchesApart() {
        runs.append(Run.of(10, 19, BATCH, DeliveryState.AVAILABLE, 1));
        runs.append(Run.of(20, 29, new Batch(20, 29), DeliveryState.AVAILABLE, 1));
        assertEquals(2, all().size());
    }

    @Test
    void cutsWhatItShowsToWhatIsAskedFor() {
        Run whole = Run.acquired(10, 19, BATCH, ALICE);
        runs.append(whole);
        assertEquals(List.of(whole.between(10, 12)), runs.between(3, 12));
        assertEquals(List.of(whole.between(18, 19)), runs.between(18, 40));
        assertEquals(List.of(), runs.between(12, 11));
    }

    @Test
    void startsBehindWhatIsDoneWith() {
        runs.append(Run.acquired(10, 19, BATCH, ALICE));
        runs.append(Run.acquired(20, 29, new Batch(20, 29), ALICE));
        runs.replace(15, 22, run -> run.become(DeliveryState.ACKNOWLEDGED));
        assertEquals(10, runs.start());
        runs.replace(10, 14, run -> run.become(DeliveryState.ARCHIVED));
        assertEquals(23, runs.start());
        runs.replace(23, 29, run -> run.become(DeliveryState.ACKNOWLEDGED));
        assertEquals(30, runs.start());
        assertEquals(30, runs.next());
        assertEquals(List.of(), all());
    }

    @Test
    void forgetsWhatTheLogNoLongerHas() {
        Run whole = Run.acquired(10, 19, BATCH, ALICE);
        runs.append(whole);
        runs.dropBefore(10);
        assertEquals(List.of(whole), all());
        runs.dropBefore(13);
        assertEquals(List.of(whole.between(13, 19)), all());
        assertEquals(13, runs.start());
        runs.dropBefore(50);
        assertEquals(50, runs.start());
        assertEquals(50, runs.next());
        assertEquals(List.of(), all());
    }

    @Test
    void startsBehindWhatIsDoneWithWhenTheLogBeginsThere() {
        runs.append(Run.acquired(10, 19, BATCH, ALICE));
        runs.replace(13, 16, run -> run.become(DeliveryState.ACKNOWLEDGED));
        runs.dropBefore(13);
        assertEquals(17, runs.start());
    }
}
