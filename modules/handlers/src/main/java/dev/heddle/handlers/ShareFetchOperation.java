package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.delivery.Delivery;
import dev.heddle.coordinator.delivery.SharePartition;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.coordinator.delivery.ShareReader;
import dev.heddle.log.LogSlice;
import dev.heddle.replication.TopicMeter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * A member of a share group on its way through the partitions that it wants records of. Belongs to the request's thread.
 *
 * <p>For maintainers: first it is seen how much there is, without taking any of it; when that is enough, or the time is
 * over, the records are acquired, partition by partition. Others may have been faster: then the wait goes on.
 */
final class ShareFetchOperation {

    /** How much is wanted. */
    record Wanted(int minBytes, int maxBytes, int maxRecords) {}

    /** A partition that can be read, and what was found there. */
    private static final class Source {
        final TopicIdPartition topic;
        final SharePartition share;
        int available;
        Delivery delivery;

        Source(TopicIdPartition topic, SharePartition share, Delivery none) {
            this.topic = topic;
            this.share = share;
            this.delivery = none;
        }

        boolean hasRecords() {
            return !delivery.acquired().isEmpty();
        }
    }

    private static final Delivery NONE = new Delivery(LogSlice.EMPTY, List.of(), false);

    private final SharePartitions partitions;
    private final String groupId;
    private final ShareReader reader;
    private final Wanted wanted;
    private final List<Source> sources = new ArrayList<>();
    private final Map<TopicIdPartition, Errors> errors = new LinkedHashMap<>();
    private boolean mustAnswerNow;

    ShareFetchOperation(SharePartitions partitions, String groupId, ShareReader reader, Wanted wanted) {
        this.partitions = partitions;
        this.groupId = groupId;
        this.reader = reader;
        this.wanted = wanted;
    }

    /**
     * Looks the partitions up, which may have to be read first.
     *
     * @param turn each request begins with another one
     */
    void open(List<TopicIdPartition> topics, int turn) {
        List<TopicIdPartition> ordered = new ArrayList<>(topics);
        if (turn > 0 && !ordered.isEmpty()) Collections.rotate(ordered, -(turn % ordered.size()));
        Set<String> names = new HashSet<>();
        for (TopicIdPartition topic : ordered) {
            names.add(topic.topic());
            try {
                sources.add(new Source(topic, partitions.open(groupId, topic), NONE));
            } catch (RuntimeException e) {
                errors.put(topic, PartitionErrors.of(topic.topicPartition(), e));
            }
        }
        partitions.count(TopicMeter.TOTAL_SHARE_FETCH_REQUESTS, names);
        mustAnswerNow = sources.isEmpty() || wanted.maxRecords <= 0 || wanted.maxBytes <= 0;
    }

    /** Whether there is nothing to wait for; takes what there is, if it is enough. */
    boolean isSatisfied() {
        return mustAnswerNow || acquireIfEnough();
    }

    /**
     * Waits until there is enough, and takes it; when the time is over, whatever there is.
     *
     * @return TIMED_OUT if the time was over, CANCELLED if the client has gone
     */
    Waiter.Outcome await(Waiter waiter, long deadlineNanos) {
        sources.forEach(source -> source.share.register(waiter));
        try {
            while (true) {
                if (isSatisfied()) return Waiter.Outcome.WOKEN;
                Waiter.Outcome outcome = waiter.await(deadlineNanos);
                if (outcome == Waiter.Outcome.WOKEN) continue;
                if (outcome == Waiter.Outcome.TIMED_OUT && !isSatisfied()) acquire();
                return outcome;
            }
        } finally {
            sources.forEach(source -> source.share.deregister(waiter));
        }
    }

    private boolean acquireIfEnough() {
        boolean again = true;
        while (again) {
            long available = available();
            if (mustAnswerNow) return true;
            if (available < wanted.minBytes) return false;
            again = acquire();
        }
        return wanted.minBytes <= 0 || sources.stream().anyMatch(Source::hasRecords);
    }

    private long available() {
        long sum = 0;
        for (Source source : sources) {
            source.available = tried(source, from -> from.share.availableBytes(wanted.maxBytes));
            sum += source.available;
            if (!source.share.isCurrent()) mustAnswerNow = true; // the next request finds what has come in its place
        }
        return sum;
    }

    /** Asks a partition; one that cannot be read is answered for at once. */
    private int tried(Source source, ToIntFunction<Source> question) {
        try {
            return question.applyAsInt(source);
        } catch (RuntimeException e) {
            if (!(e instanceof AnswerException) || source.share.isCurrent())
                errors.put(source.topic, PartitionErrors.of(source.topic.topicPartition(), e));
            mustAnswerNow = true;
            return 0;
        }
    }

    /**
     * Takes records from each partition that has some.
     *
     * @return whether it is worth trying again at once: nothing was got, but something has moved
     */
    private boolean acquire() {
        long sharing = Math.max(
                1, sources.stream().filter(source -> source.available > 0).count());
        int maxBytes = (int) Math.max(1, wanted.maxBytes / sharing);
        long[] left = {wanted.maxRecords};
        boolean again = false;
        boolean gotAny = false;
        for (Source source : sources) {
            if (source.available == 0 || left[0] <= 0) continue;
            boolean first = !gotAny;
            tried(source, from -> {
                from.delivery = from.share.acquire(reader, maxBytes, (int) left[0], first);
                return 0;
            });
            left[0] -= source.delivery.count();
            gotAny |= source.hasRecords();
            again |= source.delivery.again();
        }
        return again && !gotAny;
    }

    /** Waits until all that is to be sent is in memory, so that no Processor waits for a disk. */
    void load() {
        for (Source source : sources) {
            if (!source.hasRecords()) continue;
            tried(source, from -> {
                from.delivery.records().load();
                return 0;
            });
        }
    }

    /** How many of the partitions had something, in percent. */
    int percentWithRecords() {
        int asked = sources.size() + errors.size();
        long had = sources.stream().filter(source -> source.available > 0).count();
        return asked == 0 ? 0 : (int) (had * 100 / asked);
    }

    /** An answer for each partition. */
    Map<TopicIdPartition, PartitionData> answers() {
        Map<TopicIdPartition, PartitionData> answers = new LinkedHashMap<>();
        for (Source source : sources) {
            LogSlice records = source.delivery.records();
            source.share.partition().meters().mark(TopicMeter.BYTES_OUT, records.sizeInBytes());
            answers.put(
                    source.topic,
                    new PartitionData()
                            .setPartitionIndex(source.topic.partition())
                            .setRecords(records.isEmpty() ? MemoryRecords.EMPTY : records)
                            .setAcquiredRecords(source.delivery.acquired()));
        }
        errors.forEach((topic, error) -> answers.put(topic, failed(topic, error)));
        if (!errors.isEmpty()) {
            Set<String> names = new HashSet<>();
            errors.keySet().forEach(topic -> names.add(topic.topic()));
            partitions.count(TopicMeter.FAILED_SHARE_FETCH_REQUESTS, names);
        }
        return answers;
    }

    /** The answer of a partition that cannot be read. */
    static PartitionData failed(TopicIdPartition topic, Errors error) {
        return new PartitionData()
                .setPartitionIndex(topic.partition())
                .setErrorCode(error.code())
                .setRecords(MemoryRecords.EMPTY);
    }
}
