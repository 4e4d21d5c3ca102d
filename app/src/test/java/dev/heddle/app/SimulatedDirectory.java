package dev.heddle.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of a {@link SimulatedDisk}: the names that everyone sees, those that are on the medium, and the changes
 * between the two. Guarded by the disk's lock.
 *
 * <p>At a power cut each change has survived or not, independently of the others; one rename is one change. To sync a
 * file makes its content durable and not its name, so a file whose name is lost is lost.
 */
final class SimulatedDirectory implements SimulatedNode {

    /** A change that is not on the medium for sure. */
    private sealed interface Change {
        long number();

        void apply(Map<String, SimulatedNode> entries);

        record Create(long number, String name, SimulatedNode node) implements Change {
            @Override
            public void apply(Map<String, SimulatedNode> entries) {
                entries.put(name, node);
            }
        }

        record Remove(long number, String name, SimulatedNode node) implements Change {
            @Override
            public void apply(Map<String, SimulatedNode> entries) {
                entries.remove(name, node);
            }
        }

        record Rename(long number, String from, String to, SimulatedNode node) implements Change {
            @Override
            public void apply(Map<String, SimulatedNode> entries) {
                if (entries.remove(from, node)) entries.put(to, node);
            }
        }
    }

    private final TreeMap<String, SimulatedNode> cached = new TreeMap<>();
    private final TreeMap<String, SimulatedNode> medium = new TreeMap<>();
    private final List<Change> unsynced = new ArrayList<>();

    @Nullable SimulatedNode get(String name) {
        return cached.get(name);
    }

    List<String> names() {
        return List.copyOf(cached.keySet());
    }

    boolean isEmpty() {
        return cached.isEmpty();
    }

    void create(long number, String name, SimulatedNode node) {
        change(new Change.Create(number, name, node));
    }

    void remove(long number, String name) {
        change(new Change.Remove(number, name, cached.get(name)));
    }

    void rename(long number, String from, String to) {
        change(new Change.Rename(number, from, to, cached.get(from)));
    }

    private void change(Change change) {
        change.apply(cached);
        unsynced.add(change);
    }

    /** Every name is on the medium now as everyone sees it; what is in the files and directories is not. */
    void sync() {
        unsynced.forEach(change -> change.apply(medium));
        unsynced.clear();
    }

    boolean isSynced() {
        return unsynced.isEmpty();
    }

    @Override
    public void cutPower(Random random, Survival survival) {
        double chance = survival.chanceFor(random);
        for (Change change : unsynced) {
            boolean survives =
                    survival.isJournaled() ? change.number() <= survival.journalEnd() : random.nextDouble() < chance;
            if (survives) change.apply(medium);
        }
        unsynced.clear();
        cached.clear();
        cached.putAll(medium);
        for (SimulatedNode node : cached.values()) node.cutPower(random, survival);
    }
}
