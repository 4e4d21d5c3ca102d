package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerGroupRecords;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * One change of a consumer group in the making: what is to be written, and what is to be done once it has been. One
 * thread uses it, once, under the group's lock; until {@link #write} the group is as it was.
 */
final class ConsumerTurn {

    private final Group group;
    private final ConsumerGroup consumer;
    private final TopicCatalog catalog;
    private final long nowMs;
    private final List<SimpleRecord> prelude = new ArrayList<>();
    private final List<ConsumerGroupRecord> records = new ArrayList<>();
    private final List<Runnable> afterwards = new ArrayList<>();

    /** @param consumer the group's membership, or what is to become it */
    ConsumerTurn(Group group, ConsumerGroup consumer, TopicCatalog catalog, long nowMs) {
        this.group = group;
        this.consumer = consumer;
        this.catalog = catalog;
        this.nowMs = nowMs;
    }

    Group group() {
        return group;
    }

    ConsumerGroup consumer() {
        return consumer;
    }

    ConsumerGroupData data() {
        return consumer.data();
    }

    /** The topics as they are for this turn. */
    TopicCatalog catalog() {
        return catalog;
    }

    long nowMs() {
        return nowMs;
    }

    /** A record to write before all others, which says nothing that {@link #data} does not hold already. */
    void precede(SimpleRecord record) {
        prelude.add(record);
    }

    /** A record to write before all others, which {@link #data} holds already. */
    void precede(ConsumerGroupRecord record) {
        prelude.add(encoded(record));
    }

    /** A record to write, and then to apply. */
    void add(ConsumerGroupRecord record) {
        records.add(record);
    }

    /** Something to do once it has been written. */
    void afterwards(Runnable action) {
        afterwards.add(action);
    }

    /** Everything to write, in the order of writing. */
    List<SimpleRecord> encoded() {
        List<SimpleRecord> all = new ArrayList<>(prelude);
        for (ConsumerGroupRecord record : records) all.add(encoded(record));
        return all;
    }

    private SimpleRecord encoded(ConsumerGroupRecord record) {
        return ConsumerGroupRecords.encode(group.id(), record, nowMs);
    }

    /**
     * Writes it, and makes it so.
     *
     * @return up to where the log must be committed for that
     * @throws dev.heddle.common.HeddleException if the log does not take it; then nothing has changed
     */
    long write() {
        List<SimpleRecord> all = encoded();
        if (!all.isEmpty()) {
            group.partition().appendInBatches(group, all);
            records.forEach(data()::apply);
            consumer.forgetDeadlinesOfOthers();
            consumer.refreshState();
            if (group.membership() != consumer) group.setMembership(consumer);
        }
        afterwards.forEach(Runnable::run);
        return group.lastEndOffset();
    }
}
