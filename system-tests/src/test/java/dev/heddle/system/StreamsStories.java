package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Map;
import java.util.Random;

/**
 * Tells stories of streams groups to two brokers at once, step by step, which must say the same at every step. One thread
 * uses it.
 */
final class StreamsStories {

    private final DifferentialSide reference;
    private final DifferentialSide tested;

    StreamsStories(DifferentialSide reference, DifferentialSide tested) {
        this.reference = reference;
        this.tested = tested;
    }

    void tell(long seed, int steps) {
        String group = "streams-" + seed;
        StreamsScript expected = begin(group, (int) (seed % 3), reference);
        StreamsScript actual = begin(group, (int) (seed % 3), tested);
        var random = new Random(seed);
        var story = new ArrayList<String>();
        for (int i = 0; i < steps; i++) {
            var step = StreamsScript.Step.random(random);
            String atReference = expected.run(step);
            String atTested = actual.run(step);
            if (!atReference.isEmpty()) story.add(step + " -> " + atReference);
            assertEquals(
                    atReference,
                    atTested,
                    () -> "seed " + seed + ", " + step + " after\n" + String.join("\n", story) + "\n");
        }
    }

    private static StreamsScript begin(String group, int copies, DifferentialSide side) {
        Clients clients = side.clients();
        clients.createLedTopic(StreamsScript.source(group), StreamsScript.PARTITIONS, Map.of());
        clients.createLedTopic(StreamsScript.table(group), StreamsScript.PARTITIONS - 1, Map.of());
        side.awaitCoordinator((byte) 0, group);
        var script = new StreamsScript(group, clients, side.connection());
        var look = new StreamsScript.Step(StreamsScript.Kind.DESCRIBE, 0, 0);
        Await.that(() -> script.run(look).startsWith("GROUP_ID_NOT_FOUND"), "the coordinator answers");
        script.begin(copies);
        return script;
    }
}
