package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.delivery.Acknowledgement;
import dev.heddle.coordinator.delivery.SharePartitions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * The acknowledgements in one request, by partition, whichever request it is. Belongs to the request's thread.
 */
final class ShareAcknowledgements {

    /** What a partition is answered. */
    record Outcome(Errors error, String message) {
        static Outcome of(Errors error) {
            return new Outcome(error, error.message());
        }
    }

    private final ShareTopics topics;
    private final byte lastType;
    private final boolean renews;
    private final Map<TopicIdPartition, List<Acknowledgement>> said = new LinkedHashMap<>();
    private final Map<TopicIdPartition, Outcome> outcomes = new LinkedHashMap<>();

    /**
     * @param version of the request: since 2 acquisition locks can be renewed (KIP-1222)
     * @param renews whether the request says that it does so
     */
    ShareAcknowledgements(ShareTopics topics, short version, boolean renews) {
        this.topics = topics;
        this.lastType = version >= 2 ? Acknowledgement.RENEW : Acknowledgement.REJECT;
        this.renews = renews;
    }

    /** Takes in what is said of a partition. */
    void add(TopicIdPartition partition, List<Acknowledgement> acknowledgements) {
        if (!ShareTopics.isKnown(partition)) outcomes.put(partition, Outcome.of(Errors.UNKNOWN_TOPIC_ID));
        else if (!isValid(acknowledgements)) outcomes.put(partition, Outcome.of(Errors.INVALID_REQUEST));
        else said.put(partition, acknowledgements);
    }

    private boolean isValid(List<Acknowledgement> acknowledgements) {
        long lastOffset = -1;
        for (Acknowledgement acknowledgement : acknowledgements) {
            if (acknowledgement.firstOffset() < lastOffset || !isValid(acknowledgement)) return false;
            lastOffset = acknowledgement.lastOffset();
        }
        return true;
    }

    private boolean isValid(Acknowledgement acknowledgement) {
        List<Byte> types = acknowledgement.types();
        if (acknowledgement.firstOffset() > acknowledgement.lastOffset() || types.isEmpty()) return false;
        if (types.size() > 1 && types.size() != acknowledgement.size()) return false;
        return types.stream()
                .allMatch(type ->
                        type >= Acknowledgement.GAP && type <= lastType && (type != Acknowledgement.RENEW || renews));
    }

    /**
     * Does what they ask for, and waits until it is written down.
     *
     * @param readable which topics the sender may read
     * @return what each partition is answered
     */
    Map<TopicIdPartition, Outcome> apply(
            SharePartitions partitions, ShareSession.Key member, Predicate<String> readable) {
        Map<TopicIdPartition, List<Acknowledgement>> valid = new LinkedHashMap<>();
        said.forEach((partition, acknowledgements) -> {
            if (!readable.test(partition.topic()))
                outcomes.put(partition, Outcome.of(Errors.TOPIC_AUTHORIZATION_FAILED));
            else if (!topics.exists(partition)) outcomes.put(partition, Outcome.of(Errors.UNKNOWN_TOPIC_OR_PARTITION));
            else {
                outcomes.put(partition, new Outcome(Errors.NONE, ""));
                if (!acknowledgements.isEmpty()) valid.put(partition, acknowledgements);
            }
        });
        if (valid.isEmpty()) return outcomes;
        Map<TopicIdPartition, AnswerException> failures =
                partitions.acknowledge(member.groupId(), member.memberId(), valid);
        failures.forEach((partition, failure) ->
                outcomes.put(partition, new Outcome(failure.error(), String.valueOf(failure.getMessage()))));
        return outcomes;
    }
}
