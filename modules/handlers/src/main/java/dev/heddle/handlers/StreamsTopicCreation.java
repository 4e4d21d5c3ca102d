package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import dev.heddle.metadata.Controller;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the topics that applications of Kafka Streams keep their state in and partition their records anew with. Any
 * thread may call it; it waits until the topics are on disk and in the metadata image.
 *
 * <p>Many members ask for the same topics at once: one creates them, and the others go on. A topic that cannot be created
 * is left alone for a while, in which its members are told why.
 */
final class StreamsTopicCreation {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsTopicCreation.class);

    private static final int TIMEOUT_MS = 30_000;
    private static final int FAILURES_REMEMBERED = 1_000;
    private static final int FAILURES_TOLD = 3;

    /** Why a topic could not be created, and until when that holds. */
    private record Failure(String reason, long untilNanos) {}

    private final Controller controller;
    private final Time time;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    StreamsTopicCreation(Controller controller, Time time) {
        this.controller = controller;
        this.time = time;
    }

    /**
     * Creates the topics, by name, as far as nobody else does and they have not failed just now.
     *
     * @param backOffMs how long a topic is left alone that cannot be created
     * @return why some could not be created; null if there are none
     */
    @Nullable String create(Map<String, CreatableTopic> topics, int backOffMs) {
        var request = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        List<String> names = new ArrayList<>();
        topics.forEach((name, topic) -> {
            if (failure(name) != null || !underWay.add(name)) return;
            names.add(name);
            request.topics().add(topic.duplicate());
        });
        if (!names.isEmpty()) create(request, names, backOffMs);
        return summary(topics.keySet());
    }

    private void create(CreateTopicsRequestData request, List<String> names, int backOffMs) {
        try {
            CreateTopicsResponseData response = controller.createTopics(request);
            response.topics().forEach(result -> {
                Errors error = Errors.forCode(result.errorCode());
                String reason = result.errorMessage();
                switch (error) {
                    case NONE -> LOG.info("Created a topic for an application: topic={}", result.name());
                    case TOPIC_ALREADY_EXISTS -> LOG.debug("Another member was faster: topic={}", result.name());
                    default ->
                        remember(
                                result.name(),
                                reason == null || reason.isEmpty() ? error.message() : reason,
                                backOffMs);
                }
            });
        } catch (AnswerException | DirectoryOfflineException | ApiException e) {
            LOG.warn("Topics could not be created for an application: topics={} reason={}", names, e.getMessage());
            names.forEach(name -> remember(name, String.valueOf(e.getMessage()), backOffMs));
        } finally {
            names.forEach(underWay::remove);
        }
    }

    private void remember(String topic, String reason, int backOffMs) {
        failures.put(topic, new Failure(reason, time.deadlineAfterMs(backOffMs)));
        if (failures.size() <= FAILURES_REMEMBERED) return;
        failures.keySet().forEach(this::failure);
        long now = time.nanoseconds();
        while (failures.size() > FAILURES_REMEMBERED) {
            failures.entrySet().stream()
                    .min(Comparator.comparingLong(entry -> entry.getValue().untilNanos() - now))
                    .ifPresent(first -> failures.remove(first.getKey(), first.getValue()));
        }
    }

    /** The topic's failure; null if there is none, or not any more. */
    private @Nullable Failure failure(String topic) {
        Failure failure = failures.get(topic);
        if (failure == null || failure.untilNanos() - time.nanoseconds() > 0) return failure;
        failures.remove(topic, failure);
        return null;
    }

    private @Nullable String summary(Set<String> topics) {
        List<String> told = new ArrayList<>();
        int count = 0;
        for (String topic : topics) {
            Failure failure = failure(topic);
            if (failure == null) continue;
            if (++count <= FAILURES_TOLD) told.add(topic + " (" + failure.reason() + ")");
        }
        if (count == 0) return null;
        String some = String.join(", ", told);
        return count > FAILURES_TOLD ? some + " and " + (count - FAILURES_TOLD) + " more" : some;
    }
}
