package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerGroupRecords;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** One change of a consumer group in the making. One thread uses it, once, under the group's lock. */
final class ConsumerTurn extends GroupTurn<ConsumerGroupRecord> {

    private final ConsumerGroup consumer;

    /** @param consumer the group's membership, or what is to become it */
    ConsumerTurn(Group group, ConsumerGroup consumer, TopicCatalog catalog, long nowMs) {
        super(group, catalog, nowMs);
        this.consumer = consumer;
    }

    ConsumerGroup consumer() {
        return consumer;
    }

    ConsumerGroupData data() {
        return consumer.data();
    }

    /** A record to write before all others, which {@link #data} holds already. */
    void precede(ConsumerGroupRecord record) {
        precede(encoded(record));
    }

    @Override
    SimpleRecord encoded(ConsumerGroupRecord record) {
        return ConsumerGroupRecords.encode(group().id(), record, nowMs());
    }

    @Override
    void apply(List<ConsumerGroupRecord> written) {
        written.forEach(data()::apply);
        consumer.forgetDeadlinesOfOthers();
        consumer.refreshState();
        if (group().membership() != consumer) group().setMembership(consumer);
    }
}
