package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.ShareStateWork.Failures;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.StatePartitions;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData.DeleteShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AlterShareGroupOffsets, DeleteShareGroupOffsets, and what DeleteGroups does to a share group's states. Any thread may call
 * it, without a lock; it waits until the states are changed for good.
 *
 * <p>For maintainers: the group first writes down what is about to happen, then the share coordinator does it, then the
 * group writes down that it is done. What is interrupted in between can be asked for again.
 */
final class ShareOffsetChanges {

    private static final Logger LOG = LoggerFactory.getLogger(ShareOffsetChanges.class);

    private final OffsetsPartitions partitions;
    private final ShareContext context;
    private final ShareStateWork work;
    private final ShareInitialization initialization;

    ShareOffsetChanges(
            OffsetsPartitions partitions,
            ShareContext context,
            ShareStateWork work,
            ShareInitialization initialization) {
        this.partitions = partitions;
        this.context = context;
        this.work = work;
        this.initialization = initialization;
    }

    private static void requireGroupId(@Nullable String groupId) {
        if (groupId == null || groupId.isEmpty()) throw new AnswerException(Errors.INVALID_GROUP_ID);
    }

    private static void requireEmpty(ShareTurn turn) {
        if (turn.data().size() > 0) throw new AnswerException(Errors.NON_EMPTY_GROUP);
    }

    private static String message(HeddleException failure, Errors error) {
        boolean saysMore = failure instanceof AnswerException answer && answer.error() == error;
        return saysMore ? failure.getMessage() : error.message();
    }

    // ---- AlterShareGroupOffsets ----

    /** What is about to be altered, and what must be committed before. */
    private record Altered(
            AlterShareGroupOffsetsResponseData response,
            Map<Uuid, Map<Integer, Long>> offsets,
            Map<Uuid, OfTopic> begun,
            int epoch,
            long endOffset) {}

    AlterShareGroupOffsetsResponseData alter(CallContext ctx, AlterShareGroupOffsetsRequestData request) {
        try {
            partitions.requireStarted();
            requireGroupId(request.groupId());
            OffsetsPartition partition = partitions.of(request.groupId());
            Altered altered = partition.withGroup(request.groupId(), group -> alter(group, request));
            partition.awaitCommitted(altered.endOffset(), ctx.waiter());
            Failures failures = work.initialize(request.groupId(), altered.epoch(), altered.offsets(), ctx.waiter());
            if (failures.isEmpty()) {
                long endOffset = initialization.complete(partition, request.groupId(), altered.begun());
                partition.awaitCommitted(endOffset, ctx.waiter());
            }
            altered.response().responses().forEach(topic -> fail(topic, failures.of(topic.topicId())));
            return altered.response();
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            return new AlterShareGroupOffsetsResponseData()
                    .setErrorCode(error.code())
                    .setErrorMessage(message(e, error));
        }
    }

    private Altered alter(Group group, AlterShareGroupOffsetsRequestData request) {
        ShareTurn turn = ShareTurn.ofNew(group, context);
        requireEmpty(turn);
        var response = new AlterShareGroupOffsetsResponseData();
        Map<Uuid, Map<Integer, Long>> offsets = new HashMap<>();
        Map<Uuid, OfTopic> begun = new HashMap<>();
        for (AlterShareGroupOffsetsRequestTopic asked : request.topics()) {
            TopicCatalog.Topic topic = turn.catalog().topic(asked.topicName());
            Map<Integer, Long> altered = new HashMap<>();
            response.responses().add(alter(asked, topic, altered));
            if (topic == null || altered.isEmpty()) continue;
            offsets.put(topic.id(), altered);
            begun.put(topic.id(), new OfTopic(topic.name(), Set.copyOf(altered.keySet()), turn.nowMs()));
        }
        if (!begun.isEmpty()) turn.addStates(turn.data().states().begin(begun));
        int epoch = turn.data().epoch();
        return new Altered(response, offsets, begun, epoch, turn.write());
    }

    private static AlterShareGroupOffsetsResponseTopic alter(
            AlterShareGroupOffsetsRequestTopic asked, TopicCatalog.@Nullable Topic topic, Map<Integer, Long> altered) {
        var response = new AlterShareGroupOffsetsResponseTopic().setTopicName(asked.topicName());
        if (topic != null) response.setTopicId(topic.id());
        for (var partition : asked.partitions()) {
            int id = partition.partitionIndex();
            var answer = new AlterShareGroupOffsetsResponsePartition().setPartitionIndex(id);
            boolean exists = topic != null && id >= 0 && id < topic.partitions();
            if (exists) altered.put(id, partition.startOffset());
            else refuse(answer, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_OR_PARTITION.message());
            response.partitions().add(answer);
        }
        return response;
    }

    private static void fail(AlterShareGroupOffsetsResponseTopic topic, Map<Integer, AnswerException> failures) {
        for (AlterShareGroupOffsetsResponsePartition partition : topic.partitions()) {
            AnswerException failure = failures.get(partition.partitionIndex());
            if (failure != null) refuse(partition, failure.error(), failure.getMessage());
        }
    }

    private static void refuse(AlterShareGroupOffsetsResponsePartition partition, Errors error, String message) {
        partition.setErrorCode(error.code()).setErrorMessage(message);
    }

    // ---- DeleteShareGroupOffsets ----

    /** What is about to be deleted, what cannot be, and what must be committed before. */
    private record Doomed(
            Map<Uuid, Set<Integer>> partitions, List<DeleteShareGroupOffsetsResponseTopic> refused, long endOffset) {}

    DeleteShareGroupOffsetsResponseData delete(CallContext ctx, DeleteShareGroupOffsetsRequestData request) {
        try {
            partitions.requireStarted();
            requireGroupId(request.groupId());
            OffsetsPartition partition = partitions.of(request.groupId());
            Doomed doomed = partition.withExisting(request.groupId(), group -> doom(group, request), () -> {
                throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + request.groupId() + " not found.");
            });
            partition.awaitCommitted(doomed.endOffset(), ctx.waiter());
            Failures failures = work.delete(request.groupId(), doomed.partitions(), ctx.waiter());
            List<Uuid> deleted = doomed.partitions().keySet().stream()
                    .filter(id -> failures.of(id).isEmpty())
                    .toList();
            if (!deleted.isEmpty()) {
                partition.awaitCommitted(finish(partition, request.groupId(), deleted), ctx.waiter());
            }
            return new DeleteShareGroupOffsetsResponseData().setResponses(answers(doomed, failures));
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            return new DeleteShareGroupOffsetsResponseData()
                    .setErrorCode(error.code())
                    .setErrorMessage(message(e, error));
        }
    }

    private Doomed doom(Group group, DeleteShareGroupOffsetsRequestData request) {
        ShareTurn turn = ShareTurn.of(group, context);
        requireEmpty(turn);
        StatePartitions states = turn.data().states();
        Map<Uuid, Set<Integer>> doomed = new HashMap<>();
        List<DeleteShareGroupOffsetsResponseTopic> refused = new ArrayList<>();
        // A group that never had states has none that could be missing.
        if (states == StatePartitions.NONE) return new Doomed(doomed, refused, group.lastEndOffset());
        for (DeleteShareGroupOffsetsRequestTopic asked : request.topics()) {
            TopicCatalog.Topic topic = turn.catalog().topic(asked.topicName());
            OfTopic kept = topic == null ? null : states.initialized().get(topic.id());
            if (kept != null) doomed.put(topic.id(), kept.partitions());
            else if (topic != null && states.deleting().contains(topic.id())) doomed.put(topic.id(), allOf(topic));
            else refused.add(refused(asked.topicName(), topic != null));
        }
        turn.addStates(states.delete(doomed.keySet()));
        return new Doomed(doomed, refused, turn.write());
    }

    private static DeleteShareGroupOffsetsResponseTopic refused(String topic, boolean exists) {
        Errors error = Errors.UNKNOWN_TOPIC_OR_PARTITION;
        return new DeleteShareGroupOffsetsResponseTopic()
                .setTopicName(topic)
                .setErrorCode(error.code())
                .setErrorMessage(exists ? "There is no offset information to delete." : error.message());
    }

    private static Set<Integer> allOf(TopicCatalog.Topic topic) {
        return IntStream.range(0, topic.partitions()).boxed().collect(Collectors.toSet());
    }

    private long finish(OffsetsPartition partition, String groupId, Collection<Uuid> deleted) {
        return partition.withExisting(
                groupId,
                group -> {
                    if (!(group.membership() instanceof ShareGroup share)) return 0L;
                    ShareTurn turn = ShareTurn.of(group, share, context);
                    turn.addStates(share.data().states().deleted(deleted));
                    return turn.write();
                },
                () -> 0L);
    }

    private List<DeleteShareGroupOffsetsResponseTopic> answers(Doomed doomed, Failures failures) {
        TopicCatalog catalog = context.topics().catalog();
        var answers = new ArrayList<DeleteShareGroupOffsetsResponseTopic>();
        for (Uuid id : doomed.partitions().keySet()) {
            TopicCatalog.Topic topic = catalog.topic(id);
            var answer = new DeleteShareGroupOffsetsResponseTopic()
                    .setTopicId(id)
                    .setTopicName(topic == null ? "" : topic.name());
            failures.of(id).values().stream()
                    .findAny()
                    .ifPresent(failure -> answer.setErrorCode(failure.error().code())
                            .setErrorMessage(failure.error().message()));
            answers.add(answer);
        }
        answers.addAll(doomed.refused());
        return answers;
    }

    // ---- DeleteGroups ----

    /** Deletes every state of a share group that is about to be deleted; of groups of other protocols there is none. */
    Errors deleteAll(CallContext ctx, String groupId) {
        try {
            OffsetsPartition partition = partitions.of(groupId);
            Doomed doomed = partition.withExisting(groupId, this::doomAll, () -> null);
            if (doomed == null) return Errors.NONE;
            partition.awaitCommitted(doomed.endOffset(), ctx.waiter());
            Failures failures = work.delete(groupId, doomed.partitions(), ctx.waiter());
            return failures.isEmpty() ? Errors.NONE : failures.any().error();
        } catch (HeddleException e) {
            return CoordinatorErrors.of(e);
        }
    }

    private @Nullable Doomed doomAll(Group group) {
        if (!(group.membership() instanceof ShareGroup share)) return null;
        ShareTurn turn = ShareTurn.of(group, share, context);
        requireEmpty(turn);
        StatePartitions states = turn.data().states();
        if (states == StatePartitions.NONE) return null;
        Map<Uuid, Set<Integer>> doomed = new HashMap<>();
        states.all().forEach((id, topic) -> doomed.put(id, topic.partitions()));
        for (Uuid id : states.deleting()) {
            TopicCatalog.Topic topic = turn.catalog().topic(id);
            if (topic != null) doomed.put(id, allOf(topic));
            else LOG.info("A topic is gone whose states were being deleted: group={}, topicId={}", group.id(), id);
        }
        turn.addStates(StatePartitions.deletingAll(doomed.keySet()));
        return new Doomed(doomed, List.of(), turn.write());
    }
}
