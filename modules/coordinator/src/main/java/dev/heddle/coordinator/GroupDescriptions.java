package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Describes groups of one protocol to whoever asks. Any thread may call it, without a lock; it waits until what it shows is
 * committed.
 *
 * @param <G> a group as its protocol's API describes it
 */
final class GroupDescriptions<G> {

    /** Says that a group cannot be described. */
    interface Refusal<G> {
        G of(String groupId, Errors error, @Nullable String message);
    }

    private record Found<G>(G group, long endOffset) {}

    private final OffsetsPartitions partitions;
    private final Function<Group, G> description;
    private final Refusal<G> refusal;

    /** @param description describes a group whose lock is held, or throws GROUP_ID_NOT_FOUND if it is of another protocol */
    GroupDescriptions(OffsetsPartitions partitions, Function<Group, G> description, Refusal<G> refusal) {
        this.partitions = partitions;
        this.description = description;
        this.refusal = refusal;
    }

    /** Describes the groups, in this order. */
    List<G> of(CallContext ctx, Collection<String> groupIds) {
        List<G> groups = new ArrayList<>(groupIds.size());
        for (String groupId : groupIds) groups.add(of(ctx, groupId));
        return groups;
    }

    private G of(CallContext ctx, @Nullable String groupId) {
        if (groupId == null) return refusal.of("", Errors.INVALID_GROUP_ID, null);
        try {
            OffsetsPartition partition = partitions.of(groupId);
            Found<G> found = partition.withExisting(
                    groupId, group -> new Found<>(description.apply(group), group.lastEndOffset()), () -> {
                        throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + groupId + " not found.");
                    });
            partition.awaitCommitted(found.endOffset(), ctx.waiter());
            return found.group();
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            return refusal.of(groupId, error, error == Errors.GROUP_ID_NOT_FOUND ? e.getMessage() : null);
        }
    }
}
