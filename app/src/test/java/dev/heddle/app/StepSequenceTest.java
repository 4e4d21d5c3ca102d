package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepSequenceTest {

    private final List<String> events = new ArrayList<>();
    private final StepSequence sequence = new StepSequence();

    private StepSequence.Step step(String name) {
        return new StepSequence.Step(name, () -> events.add("+" + name), () -> events.add("-" + name));
    }

    private StepSequence.Step failingToClose(String name, Exception failure) {
        return new StepSequence.Step(name, () -> events.add("+" + name), () -> {
            events.add("-" + name);
            throw failure;
        });
    }

    private StepSequence.Step failing(String name, Exception failure) {
        return new StepSequence.Step(
                name,
                () -> {
                    throw failure;
                },
                () -> events.add("-" + name));
    }

    @Test
    void shutdownIsStartUpBackwards() {
        sequence.start(List.of(step("a"), step("b"), step("c")));
        sequence.close();
        assertEquals(List.of("+a", "+b", "+c", "-c", "-b", "-a"), events);
    }

    @Test
    void aFailingStepIsNamedAndUndoneWithThoseBeforeIt() {
        var steps = List.of(step("a"), step("b"), failing("disk", new IOException("no space")), step("never"));
        var failure = assertThrows(StopBrokerException.class, () -> sequence.start(steps));
        assertEquals("step 'disk' failed: IOException: no space", failure.getMessage());
        assertEquals(List.of("+a", "+b", "-disk", "-b", "-a"), events);
    }

    @Test
    void aStepThatKnowsWhyItFailedIsQuotedAsItIs() {
        var cause = new StopBrokerException("port 9092 is taken");
        var failure = assertThrows(StopBrokerException.class, () -> sequence.start(List.of(failing("network", cause))));
        assertSame(cause, failure);
    }

    @Test
    void whatFailsWhileUndoingIsSuppressedInTheFailure() {
        var closing = new IOException("cannot close");
        var steps = List.of(failingToClose("a", closing), failing("b", new IOException("cannot start")));
        var failure = assertThrows(StopBrokerException.class, () -> sequence.start(steps));
        assertArrayEquals(new Throwable[] {closing}, failure.getSuppressed());
    }

    @Test
    void everyStepIsUndoneAndEveryFailureCollected() {
        var first = new IOException("first");
        var second = new IOException("second");
        sequence.start(List.of(step("a"), failingToClose("b", second), failingToClose("c", first), step("d")));
        var failure = assertThrows(StopBrokerException.class, sequence::close);
        assertEquals(List.of("+a", "+b", "+c", "+d", "-d", "-c", "-b", "-a"), events);
        assertSame(first, failure.getCause());
        assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
    }

    @Test
    void closingTwiceUndoesOnce() {
        sequence.start(List.of(step("a")));
        sequence.close();
        sequence.close();
        assertEquals(List.of("+a", "-a"), events);
    }

    @Test
    void aMessageOfManyLinesBecomesOne() {
        assertEquals("IOException: a b", StepSequence.oneLine(new IOException("a\n   b\n")));
        assertTrue(StepSequence.oneLine(new IOException()).equals("IOException"));
    }
}
