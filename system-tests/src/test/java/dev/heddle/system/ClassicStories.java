package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.system.ClassicMember.Phase;
import dev.heddle.system.ClassicStep.Kind;
import dev.heddle.system.ClassicStory.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;

/**
 * Tells stories of classic groups to two brokers at once: each step is done at both, and what was waited for must have come
 * to the same members before the next one. One thread uses it.
 *
 * <p>For maintainers: members' ids are the broker's, and Apache Kafka keeps members in the order of their hashes. So when
 * a leader goes, each broker may choose another one; then everything else has been compared, and the story ends.
 */
final class ClassicStories {

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int LONG_MS = 600_000;

    /** Long enough for a few requests, whatever else the machine does. */
    private static final int REBALANCE_MS = 1_000;

    private static final int SESSION_MS = 2_000;

    private final DifferentialSide reference;
    private final DifferentialSide tested;

    private final List<String> history = new ArrayList<>();
    private ClassicStory expected;
    private ClassicStory actual;
    private String lastLeader = "";

    /** The id that {@link #lastLeader} had at the reference: one who has left and come back has another. */
    private String lastLeaderId = "";

    ClassicStories(DifferentialSide reference, DifferentialSide tested) {
        this.reference = reference;
        this.tested = tested;
    }

    /** @return how many steps were taken: the story ends early when the brokers choose different leaders */
    int tell(long seed, int steps) {
        var random = new Random(seed);
        begin(seed, random, LONG_MS, LONG_MS);
        try {
            for (int i = 0; i < steps; i++) {
                take(ClassicStep.random(random));
                if (!haveTheSameLeader()) return i + 1;
            }
            return steps;
        } finally {
            end();
        }
    }

    /** A story in which members stay away, and time passes. */
    void tellWithTimeouts(long seed) {
        var random = new Random(seed);
        begin(seed, random, SESSION_MS, REBALANCE_MS);
        try {
            gather(List.of(0, 1, 2, 4, 6));
            if (!haveTheSameLeader()) return;
            // Some do not join again: it goes on without them, but not without static ones.
            take(new ClassicStep(Kind.JOIN, leader(), 1));
            for (int member : some(random)) goOnTwice(member);
            await("those who wait are answered", story -> !story.anyoneWaits());
            if (!haveTheSameLeader()) return;
            // Some do not ask for their assignment, and are removed; one sends no heartbeats any more.
            for (int member : some(random)) take(new ClassicStep(Kind.GO_ON, member, 1));
            live(random.nextInt(ClassicStory.size()));
        } finally {
            end();
        }
    }

    // ---- the course of a story ----

    private void begin(long seed, Random random, int sessionMs, int rebalanceMs) {
        String group = "classic-" + seed + "-" + rebalanceMs;
        String protocolType = random.nextInt(4) == 0 ? "connect" : "consumer";
        var plan = new Plan(group, protocolType, List.of(group + "-a", group + "-b"), sessionMs, rebalanceMs);
        history.clear();
        history.add("seed=" + seed + " " + plan);
        lastLeader = "";
        lastLeaderId = "";
        expected = begin(plan, reference);
        actual = begin(plan, tested);
    }

    private static ClassicStory begin(Plan plan, DifferentialSide side) {
        Map<String, Uuid> ids = new HashMap<>();
        for (String topic : plan.topics()) {
            side.clients().createLedTopic(topic, ClassicStory.PARTITIONS, Map.of());
            ids.put(topic, side.clients().topicId(topic));
        }
        side.awaitCoordinator((byte) 0, plan.group());
        var story = new ClassicStory(plan, side.connection(), side.port(), ids);
        Await.that(() -> story.describe(6).startsWith("GROUP_ID_NOT_FOUND"), "the coordinator answers");
        return story;
    }

    private void end() {
        expected.close();
        actual.close();
    }

    private void take(ClassicStep step) {
        String atReference = expected.run(step);
        String atTested = actual.run(step);
        if (atReference.isEmpty() && atTested.isEmpty()) return;
        history.add(step + " -> " + atReference);
        assertEquals(atReference, atTested, this::told);
        await("what the leader brings is written down", story -> !story.leaderWaits());
    }

    /**
     * Waits until both brokers have told members the same, describe the group the same, and the stories are so.
     *
     * <p>For maintainers: whether a request has been taken in that is not answered yet cannot be seen. But with one network
     * thread and one handler, requests are worked on in the order in which they come.
     */
    private void await(String what, Predicate<ClassicStory> condition) {
        var atReference = new ArrayList<String>();
        var atTested = new ArrayList<String>();
        long deadline = System.nanoTime() + LIMIT_NANOS;
        String described;
        String describedToo;
        do {
            LockSupport.parkNanos(PAUSE_NANOS);
            // Once so that what was sent before on other connections has been read, once more so that it is done.
            for (ClassicStory each : List.of(expected, actual)) each.describe(6);
            described = expected.describe(6);
            describedToo = actual.describe(6);
            atReference.addAll(expected.listen());
            atTested.addAll(actual.listen());
            atReference.sort(null);
            atTested.sort(null);
            boolean areEqual =
                    atReference.equals(atTested) && described.equals(describedToo) && areLeadersToldTheSame();
            if (areEqual && condition.test(expected) && condition.test(actual)) {
                history.addAll(atReference.stream().map(each -> "    " + each).toList());
                return;
            }
        } while (System.nanoTime() < deadline);
        assertEquals(String.join("\n", atReference), String.join("\n", atTested), this::told);
        assertEquals(described, describedToo, this::told);
        assertEquals(expected.roster(), actual.roster(), this::told);
        throw new AssertionError("never came true: " + what + "\n" + told());
    }

    private boolean areLeadersToldTheSame() {
        return !expected.leader().equals(actual.leader()) || expected.roster().equals(actual.roster());
    }

    private String told() {
        return String.join("\n", history) + "\n";
    }

    private boolean haveTheSameLeader() {
        String atReference = expected.leader();
        String atTested = actual.leader();
        if (atReference.equals(atTested)) {
            lastLeader = atReference;
            lastLeaderId = idOfLastLeader();
            return true;
        }
        // Whoever leads goes on leading: only if it has gone there is a choice.
        boolean stayed = !lastLeader.isEmpty() && idOfLastLeader().equals(lastLeaderId);
        if (stayed && (atReference.equals(lastLeader) || atTested.equals(lastLeader)))
            assertEquals(atReference, atTested, this::told);
        return false;
    }

    private String idOfLastLeader() {
        return expected.members().stream()
                .filter(member -> member.name().equals(lastLeader))
                .map(ClassicMember::id)
                .findFirst()
                .orElse("");
    }

    // ---- time ----

    private void gather(List<Integer> who) {
        for (int round = 0; round < 8; round++) {
            for (int member : who) take(new ClassicStep(Kind.GO_ON, member, 1));
        }
        await(
                "all have their assignment",
                story -> who.stream()
                        .allMatch(member -> story.members().get(member).phase() == Phase.SYNCED));
    }

    private void goOnTwice(int member) {
        take(new ClassicStep(Kind.BEAT, member, 1));
        take(new ClassicStep(Kind.GO_ON, member, 1));
    }

    private int leader() {
        for (int i = 0; i < ClassicStory.size(); i++) {
            if (expected.members().get(i).name().equals(expected.leader())) return i;
        }
        throw new AssertionError("nobody leads\n" + told());
    }

    private static List<Integer> some(Random random) {
        var some = new ArrayList<Integer>();
        for (int i = 0; i < ClassicStory.size(); i++) {
            if (random.nextInt(3) > 0) some.add(i);
        }
        return some;
    }

    /** All but one do what their clients would do, at both brokers on its own, until nothing moves any more. */
    private void live(int silent) {
        history.add("only " + silent + " is silent");
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SESSION_MS + REBALANCE_MS);
        while (System.nanoTime() < deadline || !isSettled(expected, silent) || !isSettled(actual, silent)) {
            if (System.nanoTime() > deadline + LIMIT_NANOS) {
                throw new AssertionError("never settled\n" + told() + expected.describe(6) + "\n" + actual.describe(6));
            }
            goOn(expected, silent);
            goOn(actual, silent);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        assertEquals(expected.describe(6), actual.describe(6), this::told);
    }

    private static void goOn(ClassicStory story, int silent) {
        story.listen();
        for (ClassicMember member : story.members()) {
            boolean hasPart =
                    !member.id().isEmpty() && member != story.members().get(silent);
            if (hasPart) story.goOn(member);
        }
    }

    private static boolean isSettled(ClassicStory story, int silent) {
        return story.members().stream()
                .filter(member ->
                        !member.id().isEmpty() && member != story.members().get(silent))
                .allMatch(member -> member.phase() == Phase.SYNCED && !member.waits());
    }
}
