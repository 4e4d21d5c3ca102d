package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsRecord;
import dev.heddle.coordinator.streams.StreamsRecords;
import java.util.List;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** One change of a streams group in the making. One thread uses it, once, under the group's lock. */
final class StreamsTurn extends GroupTurn<StreamsRecord> {

    private final StreamsGroup streams;

    /** @param streams the group's membership, or what is to become it */
    StreamsTurn(Group group, StreamsGroup streams, TopicCatalog catalog, long nowMs) {
        super(group, catalog, nowMs);
        this.streams = streams;
    }

    StreamsGroup streams() {
        return streams;
    }

    StreamsData data() {
        return streams.data();
    }

    /** Whether the group becomes a streams group with this turn. */
    boolean isNewGroup() {
        return group().membership() != streams;
    }

    @Override
    SimpleRecord encoded(StreamsRecord record) {
        return StreamsRecords.encode(group().id(), record, nowMs());
    }

    @Override
    void apply(List<StreamsRecord> written) {
        written.forEach(data()::apply);
        streams.deadlines().keepOnly(data().size(), data()::hasMember);
        streams.refreshState();
        if (group().membership() != streams) group().setMembership(streams);
    }
}
