package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * One change of a group in the making, whose state is what its records say: what is to be written, and what is to be done
 * once it has been. One thread uses it, once, under the group's lock; until {@link #write} the group is as it was.
 *
 * @param <R> the records of groups of its kind
 */
abstract class GroupTurn<R> {

    private final Group group;
    private final TopicCatalog catalog;
    private final long nowMs;
    private final List<SimpleRecord> prelude = new ArrayList<>();
    private final List<R> records = new ArrayList<>();
    private final List<Runnable> afterwards = new ArrayList<>();

    GroupTurn(Group group, TopicCatalog catalog, long nowMs) {
        this.group = group;
        this.catalog = catalog;
        this.nowMs = nowMs;
    }

    /** The record as it stands in the log. */
    abstract SimpleRecord encoded(R record);

    /** Makes of the group what has been written. */
    abstract void apply(List<R> written);

    final Group group() {
        return group;
    }

    /** The topics as they are for this turn. */
    final TopicCatalog catalog() {
        return catalog;
    }

    final long nowMs() {
        return nowMs;
    }

    /** A record to write before all others, which says nothing that the group's state does not hold already. */
    final void precede(SimpleRecord record) {
        prelude.add(record);
    }

    /** A record to write, and then to apply. */
    final void add(R record) {
        records.add(record);
    }

    /** Something to do once it has been written. */
    final void afterwards(Runnable action) {
        afterwards.add(action);
    }

    /** Everything to write, in the order of writing. */
    final List<SimpleRecord> encoded() {
        List<SimpleRecord> all = new ArrayList<>(prelude);
        for (R record : records) all.add(encoded(record));
        return all;
    }

    /**
     * Writes it, and makes it so.
     *
     * @return up to where the log must be committed for that
     * @throws dev.heddle.common.HeddleException if the log does not take it; then nothing has changed
     */
    final long write() {
        List<SimpleRecord> all = encoded();
        if (!all.isEmpty()) {
            group.partition().appendInBatches(group, all);
            apply(records);
        }
        afterwards.forEach(Runnable::run);
        return group.lastEndOffset();
    }
}
