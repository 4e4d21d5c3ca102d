package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Begins and deletes states of a share group, partition by partition. Any thread may call it, without a lock, and waits in
 * here.
 */
final class ShareStateWork {

    /** Why states of some partitions could not be begun or deleted; by topic and partition. */
    record Failures(Map<Uuid, Map<Integer, AnswerException>> byTopic) {

        boolean isEmpty() {
            return byTopic.isEmpty();
        }

        Map<Integer, AnswerException> of(Uuid topicId) {
            return byTopic.getOrDefault(topicId, Map.of());
        }

        /** One of them. */
        AnswerException any() {
            return byTopic.values().iterator().next().values().iterator().next();
        }
    }

    private final ShareState states;

    ShareStateWork(ShareState states) {
        this.states = states;
    }

    ShareState states() {
        return states;
    }

    /** @param startOffsets where the group begins in each partition */
    Failures initialize(String groupId, int epoch, Map<Uuid, Map<Integer, Long>> startOffsets, Waiter waiter) {
        var failures = new Failures(new HashMap<>());
        startOffsets.forEach((topicId, partitions) -> partitions.forEach((partition, offset) -> attempt(
                new SharePartitionKey(groupId, topicId, partition),
                key -> states.initialize(key, epoch, offset, waiter),
                failures)));
        return failures;
    }

    Failures delete(String groupId, Map<Uuid, ? extends Collection<Integer>> doomed, Waiter waiter) {
        var failures = new Failures(new HashMap<>());
        doomed.forEach((topicId, partitions) -> partitions.forEach(partition -> attempt(
                new SharePartitionKey(groupId, topicId, partition), key -> states.delete(key, waiter), failures)));
        return failures;
    }

    private static void attempt(SharePartitionKey key, Consumer<SharePartitionKey> work, Failures failures) {
        try {
            work.accept(key);
        } catch (AnswerException e) {
            failures.byTopic()
                    .computeIfAbsent(key.topicId(), id -> new HashMap<>())
                    .put(key.partition(), e);
        }
    }
}
