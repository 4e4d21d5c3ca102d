package dev.heddle.coordinator;

import java.util.Map;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;

/**
 * The answer to StreamsGroupHeartbeat, before the caller has created what is missing.
 *
 * @param missingTopics the application's own topics that are to be created, by name, if the member may
 */
public record StreamsHeartbeat(StreamsGroupHeartbeatResponseData response, Map<String, CreatableTopic> missingTopics) {}
