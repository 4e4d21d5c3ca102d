package dev.heddle.handlers;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;

/**
 * What one fetch request comes to with regard to sessions: the partitions it asks for, and the way of its answer. Used
 * by the request's own thread only.
 */
sealed interface FetchContext {

    /** The partitions to read, in this order. */
    List<FetchTarget> targets();

    /**
     * Makes the answer, and remembers it in the session if there is one.
     *
     * @param answers one for each of {@link #targets()}
     */
    FetchResponseData respond(List<PartitionData> answers);

    /** The session is not there or not as the client believes: nothing is read. */
    record Refused(Errors error) implements FetchContext {
        @Override
        public List<FetchTarget> targets() {
            return List.of();
        }

        @Override
        public FetchResponseData respond(List<PartitionData> answers) {
            return response(error, FetchMetadata.INVALID_SESSION_ID);
        }
    }

    /** A request that names everything it wants and wants no session. */
    record Sessionless(List<FetchTarget> targets) implements FetchContext {
        @Override
        public FetchResponseData respond(List<PartitionData> answers) {
            return everything(FetchMetadata.INVALID_SESSION_ID, targets, answers);
        }
    }

    /** A request that names everything it wants, and begins a session where the cache has room for it. */
    record Full(FetchSessions sessions, List<FetchTarget> targets, boolean usesTopicIds, boolean fromFollower)
            implements FetchContext {
        @Override
        public FetchResponseData respond(List<PartitionData> answers) {
            int sessionId = sessions.open(targets, answers, usesTopicIds, fromFollower);
            return everything(sessionId, targets, answers);
        }
    }

    /** A request that names what has changed in a session. */
    record Incremental(FetchSession session, int epoch, List<FetchTarget> targets) implements FetchContext {
        @Override
        public FetchResponseData respond(List<PartitionData> answers) {
            session.lock().lock();
            try {
                // A later request of the same session has come in while this one was waiting.
                if (session.epoch() != FetchMetadata.nextEpoch(epoch))
                    return response(Errors.INVALID_FETCH_SESSION_EPOCH, session.id());
                FetchResponseData response = response(Errors.NONE, session.id());
                for (int i = 0; i < answers.size(); i++) {
                    if (session.mustAnswer(targets.get(i), answers.get(i)))
                        append(response.responses(), targets.get(i), answers.get(i));
                }
                return response;
            } finally {
                session.lock().unlock();
            }
        }
    }

    private static FetchResponseData response(Errors error, int sessionId) {
        return new FetchResponseData().setErrorCode(error.code()).setSessionId(sessionId);
    }

    private static FetchResponseData everything(int sessionId, List<FetchTarget> targets, List<PartitionData> answers) {
        FetchResponseData response = response(Errors.NONE, sessionId);
        for (int i = 0; i < answers.size(); i++) append(response.responses(), targets.get(i), answers.get(i));
        return response;
    }

    private static void append(List<FetchableTopicResponse> topics, FetchTarget target, PartitionData answer) {
        String topic = target.topic() == null ? "" : target.topic();
        FetchableTopicResponse last = topics.isEmpty() ? null : topics.get(topics.size() - 1);
        if (last == null || !isOf(last, topic, target.topicId())) {
            last = new FetchableTopicResponse().setTopic(topic).setTopicId(target.topicId());
            topics.add(last);
        }
        last.partitions().add(answer);
    }

    private static boolean isOf(FetchableTopicResponse response, String topic, Uuid topicId) {
        return topicId.equals(Uuid.ZERO_UUID)
                ? response.topic().equals(topic)
                : response.topicId().equals(topicId);
    }
}
