package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.system.GroupScript.Kind;
import dev.heddle.system.GroupScript.Plan;
import dev.heddle.system.GroupScript.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.Uuid;

/**
 * Tells stories of consumer groups to two brokers at once, step by step, which must say the same at every step. One thread
 * uses it.
 */
final class ConsumerStories {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** Topics that changed are seen, and expressions looked up, in the background: so many heartbeats are long enough. */
    private static final int ROUNDS = 8;

    private final DifferentialSide reference;
    private final DifferentialSide tested;

    ConsumerStories(DifferentialSide reference, DifferentialSide tested) {
        this.reference = reference;
        this.tested = tested;
    }

    void tell(long seed, int steps) {
        Plan plan = plan(seed);
        GroupScript expected = begin(plan, reference);
        GroupScript actual = begin(plan, tested);
        var random = new Random(seed);
        var story = new ArrayList<String>();
        for (int i = 0; i < steps; i++) {
            Step step = Step.random(random);
            String atReference = expected.run(step);
            String atTested = actual.run(step);
            if (!atReference.isEmpty()) story.add(step + " -> " + atReference);
            assertEquals(atReference, atTested, () -> told(seed, story));
            if (step.kind() == Kind.GROW || step.kind() == Kind.RESUBSCRIBE_BY_REGEX) {
                story.add("    " + settle(expected, actual, seed, story));
            }
        }
    }

    private static String told(long seed, List<String> story) {
        return "seed " + seed + "\n" + String.join("\n", story) + "\n";
    }

    /** Lets members send heartbeats until both brokers have come to the same. */
    private static String settle(GroupScript expected, GroupScript actual, long seed, List<String> story) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        for (int round = 1; ; round++) {
            expected.beatAll();
            actual.beatAll();
            String atReference = expected.describe();
            String atTested = actual.describe();
            if (round >= ROUNDS && atReference.equals(atTested)) return atReference;
            if (System.nanoTime() > deadline) assertEquals(atReference, atTested, () -> told(seed, story));
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static GroupScript begin(Plan plan, DifferentialSide side) {
        Map<String, Uuid> ids = new HashMap<>();
        for (String topic : plan.topics()) {
            side.clients().createLedTopic(topic, GroupScript.partitions(), Map.of());
            ids.put(topic, side.clients().topicId(topic));
        }
        side.awaitCoordinator((byte) 0, plan.group());
        var script = new GroupScript(plan, side, ids);
        Await.that(() -> script.describe().equals("GROUP_ID_NOT_FOUND"), "the coordinator answers");
        return script;
    }

    /** Topics and members that a broker names itself stand in no order that both have in common; range needs none. */
    private static Plan plan(long seed) {
        String group = "consumer-" + seed;
        return switch ((int) (seed % 3)) {
            case 0 -> new Plan(group, "uniform", List.of(group + "-a"), null);
            case 1 -> new Plan(group, "range", List.of(group + "-a", group + "-b"), "instance-4");
            default -> new Plan(group, "range", List.of(group + "-a", group + "-b"), "instance-3");
        };
    }
}
