package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ControllerMetricsTest {

    private static Object gauge(Fixture fixture, String name) {
        return fixture.metrics.getGauges().get(name).getValue();
    }

    private static long controller(Fixture fixture, String name) {
        return ((Number) gauge(fixture, "kafka.controller:type=KafkaController,name=" + name)).longValue();
    }

    @Test
    void gauges_follow_the_image() {
        var fixture = new Fixture();
        fixture.controller.start();
        fixture.register(-1);
        assertEquals(1, controller(fixture, "ActiveControllerCount"));
        assertEquals(0, controller(fixture, "ActiveBrokerCount"));
        assertEquals(1, controller(fixture, "FencedBrokerCount"));
        fixture.unfence();
        fixture.createTopic("a", 3);
        fixture.createTopic("b", 1);
        assertEquals(1, controller(fixture, "ActiveBrokerCount"));
        assertEquals(0, controller(fixture, "FencedBrokerCount"));
        assertEquals(2, controller(fixture, "GlobalTopicCount"));
        assertEquals(4, controller(fixture, "GlobalPartitionCount"));
        assertEquals(0, controller(fixture, "OfflinePartitionsCount"));
        assertEquals(0, controller(fixture, "PreferredReplicaImbalanceCount"));
        assertEquals(fixture.image().offset(), controller(fixture, "LastAppliedRecordOffset"));
        assertEquals(fixture.image().timestampMs(), controller(fixture, "LastAppliedRecordTimestamp"));
        assertEquals((short) 30, gauge(fixture, "kafka.server:type=MetadataLoader,name=CurrentMetadataVersion"));
        assertEquals(1, gauge(fixture, "kafka.server:type=MetadataLoader,name=CurrentControllerId"));
        fixture.controller.brokerHeartbeat(fixture.heartbeat().setOfflineLogDirs(List.of(Fixture.DIRECTORY)));
        assertEquals(4, controller(fixture, "OfflinePartitionsCount"));
        assertEquals(4, controller(fixture, "PreferredReplicaImbalanceCount"));
        Fixture next = fixture.restarted(Map.of());
        next.run();
        assertEquals(
                4,
                next.metrics
                        .getMeters()
                        .get("kafka.controller:type=ControllerStats,name=ElectionFromEligibleLeaderReplicasPerSec")
                        .getCount());
    }
}
