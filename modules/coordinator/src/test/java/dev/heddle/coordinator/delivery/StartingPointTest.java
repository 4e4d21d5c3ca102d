package dev.heddle.coordinator.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.Test;

class StartingPointTest {

    @Test
    void readsEveryStrategyOfKafka() {
        assertEquals(ListOffsetsRequest.EARLIEST_TIMESTAMP, StartingPoint.timestampOf("earliest", 1000));
        assertEquals(ListOffsetsRequest.LATEST_TIMESTAMP, StartingPoint.timestampOf("latest", 1000));
        assertEquals(ListOffsetsRequest.LATEST_TIMESTAMP, StartingPoint.timestampOf("LATEST", 1000));
        assertEquals(10_000_000 - 3_600_000, StartingPoint.timestampOf("by_duration:PT1H", 10_000_000));
    }
}
