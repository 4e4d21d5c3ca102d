package dev.heddle.coordinator;

import dev.heddle.common.Scheduler;
import dev.heddle.metadata.MetadataDelta;
import java.util.Collection;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of {@code __consumer_offsets} that this broker leads. Any thread may look one up, which takes no lock;
 * the metadata's writer changes them.
 */
final class OffsetsPartitions {

    private final CoordinatorContext context;
    private final LedPartitions<OffsetsPartition> led;

    OffsetsPartitions(
            CoordinatorContext context, CoordinatorLog.Opener opener, GroupLoader loader, Scheduler scheduler) {
        this.context = context;
        var content = new LedPartitions.Content<OffsetsPartition>(
                "groups",
                context.config().topic().partitions(),
                opener,
                (id, log) -> new OffsetsPartition(id, log, context),
                loader::load);
        led = new LedPartitions<>(content, scheduler);
    }

    CoordinatorContext context() {
        return context;
    }

    void activate() {
        led.activate();
    }

    int partitionFor(String groupId) {
        return led.partitionFor(groupId);
    }

    /**
     * The partition that keeps the group.
     *
     * @throws dev.heddle.common.AnswerException if it is not to be had here, or not yet
     */
    OffsetsPartition of(String groupId) {
        return led.of(groupId);
    }

    /** The partition of that number, loaded or not; null if this broker does not lead it. */
    @Nullable OffsetsPartition find(int id) {
        return led.find(id);
    }

    /** Throws unless requests are answered. */
    void requireStarted() {
        led.requireStarted();
    }

    /** All partitions that this broker leads, loaded or not. */
    Collection<OffsetsPartition> all() {
        return led.all();
    }

    /** The metadata has changed: follows what has become of the topic. */
    void follow(String topic, MetadataDelta delta) {
        led.follow(topic, delta);
    }

    /** The topic is there with these partitions: takes up those that this broker leads, and lets go of others. */
    void update(Uuid topicId, Set<Integer> partitions) {
        led.update(topicId, partitions);
    }

    /** The topic is gone. */
    void forget(Uuid topicId) {
        led.forget(topicId);
    }

    /** Answers nobody any more. */
    void close() {
        led.close();
    }
}
