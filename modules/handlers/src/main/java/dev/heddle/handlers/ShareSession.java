package dev.heddle.handlers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareFetchResponse;
import org.apache.kafka.common.requests.ShareRequestMetadata;

/**
 * The partitions that a member of a share group wants records of, which it names only when they change (KIP-932). Any
 * thread may call it; each method is a step of its own.
 */
final class ShareSession {

    /** Whose session it is. */
    record Key(String groupId, String memberId) {}

    private record Place(Uuid topicId, int partition) {
        static Place of(TopicIdPartition topic) {
            return new Place(topic.topicId(), topic.partition());
        }
    }

    /** A partition in it. */
    private static final class Entry {
        final TopicIdPartition topic;

        /** Whether the next answer must name it, whatever it has. */
        boolean mustAnswer;

        Entry(TopicIdPartition topic, boolean mustAnswer) {
            this.topic = topic;
            this.mustAnswer = mustAnswer;
        }
    }

    private final Key key;
    private final String connectionId;

    /** Guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    /** In the order in which they are to be looked at: what had records goes to the end. */
    private final Map<Place, Entry> partitions = new LinkedHashMap<>();

    /** What the next request must say. */
    private int epoch = ShareRequestMetadata.nextEpoch(ShareRequestMetadata.INITIAL_EPOCH);

    ShareSession(Key key, String connectionId, List<TopicIdPartition> wanted) {
        this.key = key;
        this.connectionId = connectionId;
        wanted.forEach(topic -> partitions.put(Place.of(topic), new Entry(topic, false)));
    }

    Key key() {
        return key;
    }

    String connectionId() {
        return connectionId;
    }

    int size() {
        lock.lock();
        try {
            return partitions.size();
        } finally {
            lock.unlock();
        }
    }

    List<TopicIdPartition> partitions() {
        lock.lock();
        try {
            return partitions.values().stream().map(entry -> entry.topic).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a request in, if it is the next one. */
    Errors advance(int requestEpoch, List<TopicIdPartition> added, List<TopicIdPartition> forgotten) {
        lock.lock();
        try {
            if (requestEpoch != epoch) return Errors.INVALID_SHARE_SESSION_EPOCH;
            added.forEach(topic -> partitions.putIfAbsent(Place.of(topic), new Entry(topic, true)));
            forgotten.forEach(topic -> partitions.remove(Place.of(topic)));
            epoch = ShareRequestMetadata.nextEpoch(epoch);
            return Errors.NONE;
        } finally {
            lock.unlock();
        }
    }

    /** Whether no later request has come in since that one. */
    boolean isLatest(int requestEpoch) {
        lock.lock();
        try {
            return epoch == ShareRequestMetadata.nextEpoch(requestEpoch);
        } finally {
            lock.unlock();
        }
    }

    /** Which of the answers the member must be told; what it is told is remembered. */
    List<TopicIdPartition> worthTelling(Map<TopicIdPartition, PartitionData> answers) {
        lock.lock();
        try {
            List<TopicIdPartition> told = new ArrayList<>();
            answers.forEach((topic, answer) -> {
                if (mustTell(Place.of(topic), answer)) told.add(topic);
            });
            return told;
        } finally {
            lock.unlock();
        }
    }

    private boolean mustTell(Place place, PartitionData answer) {
        Entry entry = partitions.get(place);
        boolean failed = answer.errorCode() != Errors.NONE.code();
        boolean hasRecords = ShareFetchResponse.recordsSize(answer) > 0;
        if (entry == null) return failed || hasRecords;
        boolean must = failed || hasRecords || entry.mustAnswer;
        entry.mustAnswer = failed; // when the error has gone, that is told too
        if (hasRecords) {
            partitions.remove(place);
            partitions.put(place, entry);
        }
        return must;
    }
}
