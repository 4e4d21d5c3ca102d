package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import dev.heddle.handlers.ShareRig.Member;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Share groups are measured under Kafka's names. */
@Timeout(60)
class ShareMetricsTest {

    private static final String OF_PARTITION = ",group=workers,topic=jobs,partition=0";

    @TempDir
    Path directory;

    private ShareRig rig;
    private Member alice;
    private Uuid jobs;

    @BeforeEach
    void start() {
        rig = new ShareRig(directory);
        jobs = rig.broker.createTopic("jobs", 1);
        rig.broker.append("jobs", 0, "a", "b", "c");
        alice = rig.new Member("alice");
        alice.fetch(alice.ask(jobs, 0));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private Object gauge(String name) {
        return ((Gauge<?>) rig.metrics.getMetrics().get(name)).getValue();
    }

    private long meter(String name) {
        return rig.metrics.meter(name).getCount();
    }

    private static String partitionMetric(String name) {
        return "kafka.server:type=SharePartitionMetrics,name=" + name + OF_PARTITION;
    }

    @Test
    void showWhatIsInFlight() {
        assertEquals(3L, gauge(partitionMetric("InFlightMessageCount")));
        assertEquals(1L, gauge(partitionMetric("InFlightBatchCount")));
        assertEquals(
                3.0,
                rig.metrics
                        .histogram(partitionMetric("InFlightBatchMessageCount"))
                        .getSnapshot()
                        .getMedian());
        assertEquals(
                1,
                rig.metrics
                        .histogram(partitionMetric("FetchLockTimeMs"))
                        .getSnapshot()
                        .size());
        rig.scheduler.advance(ShareRig.LOCK_MS + 1);
        assertEquals(3, meter(partitionMetric("AcquisitionLockTimeoutPerSec")));
    }

    @Test
    void countAcknowledgementsByTheirType() {
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 0, 4));
        assertEquals(Errors.NONE, alice.acknowledge(jobs, 0, 0, 2, 1, 2, 3));
        for (String type : new String[] {"Accept", "Release", "Reject", "Renew"}) {
            assertEquals(
                    1, meter("kafka.server:type=ShareGroupMetrics,name=RecordAcknowledgementsPerSec,ackType=" + type));
        }
        assertEquals(Errors.INVALID_RECORD_STATE, alice.acknowledge(jobs, 0, 0, 2, 1));
        var topics = rig.broker.metrics;
        String prefix = "kafka.server:type=BrokerTopicMetrics,name=";
        assertEquals(
                3,
                topics.meter(prefix + "TotalShareAcknowledgementRequestsPerSec,topic=jobs")
                        .getCount());
        assertEquals(
                1,
                topics.meter(prefix + "FailedShareAcknowledgementRequestsPerSec,topic=jobs")
                        .getCount());
        assertEquals(
                1,
                topics.meter(prefix + "TotalShareFetchRequestsPerSec,topic=jobs")
                        .getCount());
    }

    @Test
    void showSessionsAndForgetWhatHasGone() {
        assertEquals(1, gauge("kafka.server:type=ShareSessionCache,name=ShareSessionsCount"));
        assertEquals(1L, gauge("kafka.server:type=ShareSessionCache,name=SharePartitionsCount"));
        String ratio = "kafka.server:type=ShareGroupMetrics,name=RequestTopicPartitionsFetchRatio,group=workers";
        assertEquals(100.0, rig.metrics.histogram(ratio).getSnapshot().getMedian());
        assertTrue(rig.metrics.getMetrics().containsKey(partitionMetric("InFlightMessageCount")));
        alice.connection.info().closed();
        while (rig.metrics.getMetrics().containsKey(ratio)) Thread.onSpinWait();
        assertFalse(rig.metrics.getMetrics().containsKey(partitionMetric("InFlightMessageCount")));
        assertEquals(0, gauge("kafka.server:type=ShareSessionCache,name=ShareSessionsCount"));
    }
}
