package dev.heddle.coordinator.delivery;

import java.time.Duration;
import java.util.Locale;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/** Reads {@code share.auto.offset.reset}: where a group begins in a partition that it has never read. Stateless. */
final class StartingPoint {

    private static final String BY_DURATION = "by_duration:";

    private StartingPoint() {}

    /**
     * What to look for in the log.
     *
     * @param strategy {@code earliest}, {@code latest}, or {@code by_duration:} and an ISO 8601 duration
     * @return a timestamp, or one of the special values of {@link ListOffsetsRequest}
     */
    static long timestampOf(String strategy, long nowMs) {
        String value = strategy.trim().toLowerCase(Locale.ROOT);
        if (value.startsWith(BY_DURATION)) {
            return Math.max(
                    0,
                    nowMs
                            - Duration.parse(value.substring(BY_DURATION.length()))
                                    .toMillis());
        }
        return value.equals("earliest") ? ListOffsetsRequest.EARLIEST_TIMESTAMP : ListOffsetsRequest.LATEST_TIMESTAMP;
    }
}
