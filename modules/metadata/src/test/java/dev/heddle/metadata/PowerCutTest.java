package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The power goes at every step there is, with and without what was not yet synced; nothing acknowledged is lost. */
final class PowerCutTest {

    private static final Map<String, String> CONFIGS =
            Map.of("metadata.log.max.record.bytes.between.snapshots", "700", "metadata.max.retention.bytes", "1500");

    /** What clients can tell of an image. */
    private static String state(MetadataImage image) {
        Map<String, Object> state = new TreeMap<>();
        image.topics()
                .all()
                .forEach(topic -> state.put(
                        topic.name(),
                        topic.partitions().size() + " " + image.configs().ofTopic(topic.name())));
        state.put("(producer ids)", Math.max(image.producerIds().nextProducerId(), 0));
        return state.toString();
    }

    private static void run(Fixture fixture, List<String> acknowledged) {
        fixture.controller.start();
        fixture.register(-1);
        fixture.unfence();
        List<Runnable> work = List.of(
                () -> fixture.create(Fixture.with(Fixture.topic("a", 2, 1), "retention.ms", "5")),
                () -> fixture.controller.allocateProducerIds(1),
                () -> fixture.createTopic("b", 3),
                () -> fixture.deleteTopic("a"),
                () -> fixture.createTopic("c", 1),
                () -> fixture.controller.allocateProducerIds(1),
                () -> fixture.createTopic("a", 1),
                () -> fixture.deleteTopic("b"));
        for (Runnable step : work) {
            step.run();
            acknowledged.add(state(fixture.image()));
            fixture.scheduler.runOnce();
        }
    }

    private static List<String> states() {
        List<String> states = new ArrayList<>();
        states.add(state(MetadataImage.EMPTY));
        run(new Fixture(new MemoryStorage(), CONFIGS), states);
        return states;
    }

    @Test
    void nothing_that_was_acknowledged_is_lost_and_nothing_is_half_there() {
        List<String> states = states();
        int cuts = 0;
        boolean finished = false;
        for (int steps = 0; !finished; steps++) {
            for (boolean keepsUnsynced : new boolean[] {false, true}) {
                var storage = new MemoryStorage();
                storage.stepsUntilPowerCut = steps;
                List<String> acknowledged = new ArrayList<>();
                acknowledged.add(states.getFirst());
                finished = runUntilPowerCut(new Fixture(storage, CONFIGS), acknowledged);
                cuts++;
                // The power goes once more while it recovers, each time at another step.
                MemoryStorage recovering = storage.afterPowerCut(keepsUnsynced);
                recovering.stepsUntilPowerCut = steps % 15;
                runUntilPowerCut(new Fixture(recovering, CONFIGS), null);
                assertRecovers(recovering.afterPowerCut(keepsUnsynced), states, acknowledged.size(), steps);
            }
        }
        assertTrue(cuts > 100, "only " + cuts);
    }

    /** Works, or with {@code acknowledged} null only starts; false if the power went. */
    private static boolean runUntilPowerCut(Fixture fixture, @Nullable List<String> acknowledged) {
        try {
            if (acknowledged == null) {
                fixture.controller.start();
            } else {
                run(fixture, acknowledged);
            }
            return true;
        } catch (PowerCut cut) {
            return false;
        }
    }

    private static void assertRecovers(MemoryStorage storage, List<String> states, int acknowledged, int steps) {
        var fixture = new Fixture(storage, CONFIGS);
        fixture.controller.start();
        String found = state(fixture.image());
        String last = states.get(acknowledged - 1);
        // What was under way when the power went is there whole, or not at all.
        String next = acknowledged < states.size() ? states.get(acknowledged) : last;
        assertTrue(Stream.of(last, next).anyMatch(found::equals), () -> "cut after " + steps + ": " + found);
        assertTrue(
                storage.list().stream().noneMatch(name -> name.endsWith(".part")),
                () -> storage.list().toString());
        fixture.register(-1);
        fixture.unfence();
        fixture.createTopic("after", 1);
        var again = new Fixture(storage, CONFIGS);
        again.controller.start();
        assertEquals(state(fixture.image()), state(again.image()));
    }

    @Test
    void the_log_was_summed_up_and_cut_off_meanwhile() {
        var fixture = new Fixture(new MemoryStorage(), CONFIGS);
        run(fixture, new ArrayList<>());
        assertTrue(fixture.storage.log.startOffset() > 0);
        assertTrue(!new SnapshotFiles(fixture.storage).list().isEmpty());
    }
}
