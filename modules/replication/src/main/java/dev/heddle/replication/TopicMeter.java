package dev.heddle.replication;

/**
 * What is counted for every topic and for all topics together, under Kafka's names. Why records are refused is counted
 * by the log, which refuses them.
 */
public enum TopicMeter {
    /** Records appended. */
    MESSAGES_IN("MessagesInPerSec"),
    /** Bytes of record batches appended. */
    BYTES_IN("BytesInPerSec"),
    /** Bytes of record batches sent to consumers. */
    BYTES_OUT("BytesOutPerSec"),
    /** Produce requests, counted for each partition in them. */
    TOTAL_PRODUCE_REQUESTS("TotalProduceRequestsPerSec"),
    /** Of these, what failed for a reason that is not everyday life. */
    FAILED_PRODUCE_REQUESTS("FailedProduceRequestsPerSec"),
    /** Fetch requests, counted for each partition in them. */
    TOTAL_FETCH_REQUESTS("TotalFetchRequestsPerSec"),
    /** Of these, what failed for a reason that is not everyday life. */
    FAILED_FETCH_REQUESTS("FailedFetchRequestsPerSec"),
    /** Share fetches, counted for each topic in them. */
    TOTAL_SHARE_FETCH_REQUESTS("TotalShareFetchRequestsPerSec"),
    /** Of these, what failed. */
    FAILED_SHARE_FETCH_REQUESTS("FailedShareFetchRequestsPerSec"),
    /** Requests that acknowledge records of share groups, counted for each topic in them. */
    TOTAL_SHARE_ACKNOWLEDGEMENT_REQUESTS("TotalShareAcknowledgementRequestsPerSec"),
    /** Of these, what failed. */
    FAILED_SHARE_ACKNOWLEDGEMENT_REQUESTS("FailedShareAcknowledgementRequestsPerSec"),
    /** Always zero: batches are kept in the format they come in. Dashboards look for it. */
    PRODUCE_MESSAGE_CONVERSIONS("ProduceMessageConversionsPerSec"),
    /** Always zero: batches are sent in the format they are kept in. Dashboards look for it. */
    FETCH_MESSAGE_CONVERSIONS("FetchMessageConversionsPerSec");

    private final String metricName;

    TopicMeter(String metricName) {
        this.metricName = metricName;
    }

    /** The {@code name} of the metric. */
    public String metricName() {
        return metricName;
    }
}
