package dev.heddle.handlers;

import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Describes groups of one protocol to those who may see them, with the topics that they may know. Any thread may call it; it
 * waits for the groups' locks, and until what it shows is committed.
 *
 * @param <G> a group as the protocol's API describes it
 */
abstract class GroupDescribeHandler<G> implements ApiHandler {

    /** A group that is not described, without a message. */
    abstract G refused(String groupId, Errors error);

    /** The same group, of which nothing is told because it has topics that the client may not know. */
    abstract G hidden(G group);

    /** The topics that a description names; some more than once. */
    abstract Stream<String> topics(G group);

    /** Adds what the client may do with the group, if it was found. */
    abstract void addOperations(G group, Access access);

    final List<G> refused(Collection<String> groupIds, Errors error) {
        List<G> groups = new ArrayList<>(groupIds.size());
        for (String groupId : groupIds) groups.add(refused(groupId, error));
        return groups;
    }

    /**
     * First the groups that may not be described, then the others.
     *
     * @param described describes them, whoever asks
     */
    final List<G> describe(
            List<String> groupIds, Access access, boolean withOperations, Function<List<String>, List<G>> described) {
        var mayDescribe = access.allowed(AclOperation.DESCRIBE, ResourceType.GROUP, groupIds);
        List<String> denied = groupIds.stream().filter(mayDescribe.negate()).toList();
        List<String> allowed = groupIds.stream().filter(mayDescribe).toList();
        List<G> answers = refused(denied, Errors.GROUP_AUTHORIZATION_FAILED);
        List<G> groups = described.apply(allowed);
        if (withOperations) groups.forEach(group -> addOperations(group, access));
        answers.addAll(withoutHiddenTopics(groups, access));
        return answers;
    }

    /** Nobody learns the names of topics in this way that may not know them. */
    private List<G> withoutHiddenTopics(List<G> groups, Access access) {
        if (access.isUnrestricted()) return groups;
        Set<String> topics = groups.stream().flatMap(this::topics).collect(Collectors.toSet());
        var visible = access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, topics);
        return groups.stream()
                .map(group -> topics(group).allMatch(visible) ? group : hidden(group))
                .toList();
    }
}
