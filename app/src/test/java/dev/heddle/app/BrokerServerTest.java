package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BrokerServerTest {

    @TempDir
    Path data;

    private BrokerServer broker(Map<String, String> keys) {
        var all = new HashMap<>(Map.of(
                "listeners", "PLAINTEXT://localhost:0",
                "log.dirs", data.toString(),
                "group.initial.rebalance.delay.ms", "0",
                "offsets.topic.num.partitions", "1"));
        all.putAll(keys);
        return new BrokerServer(HeddleConfig.of(all), Time.SYSTEM, failure -> {
            throw new AssertionError(failure);
        });
    }

    private BrokerServer started(Map<String, String> keys) {
        BrokerServer broker = broker(keys);
        broker.startup();
        return broker;
    }

    private static MetadataResponse metadata(BrokerServer broker) throws IOException {
        try (var client = new RehearsalClient(broker.mainPort())) {
            return (MetadataResponse)
                    client.ask(new MetadataRequest.Builder(new MetadataRequestData().setTopics(List.of())).build());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "platform", "inline"})
    void aBrokerServesEveryPartOfTheRehearsal(String strategy) throws IOException {
        try (BrokerServer broker = started(Map.of("handler.strategy", strategy));
                var client = new RehearsalClient(broker.mainPort())) {
            assertEquals(strategy, broker.handlerStrategy());
            new RehearsalScript(client).play();
        }
    }

    @Test
    void theClientIsToldTheAddressThatItDialled() throws IOException {
        try (BrokerServer broker = started(Map.of())) {
            var node = metadata(broker).brokers().iterator().next();
            assertEquals(InetAddress.getLoopbackAddress().getHostAddress(), node.host());
            assertEquals(broker.boundPort("PLAINTEXT"), node.port());
        }
    }

    @Test
    void theClientIsToldTheAdvertisedAddressIfThereIsOne() throws IOException {
        try (BrokerServer broker = started(Map.of("advertised.listeners", "PLAINTEXT://broker.example:1234"))) {
            var node = metadata(broker).brokers().iterator().next();
            assertEquals("broker.example:1234", node.host() + ":" + node.port());
        }
    }

    @Test
    void aCleanShutdownLeavesItsMarkAndTheNextStartFindsEverything() throws IOException {
        String clusterId;
        try (BrokerServer broker = started(Map.of());
                var client = new RehearsalClient(broker.mainPort())) {
            new RehearsalScript(client).play();
            clusterId = metadata(broker).clusterId();
        }
        assertTrue(Files.exists(data.resolve(".kafka_cleanshutdown")));
        try (BrokerServer broker = started(Map.of())) {
            MetadataResponse found = metadata(broker);
            assertEquals(clusterId, found.clusterId());
            assertEquals(Set.of(), found.errors().keySet());
            assertFalse(Files.exists(data.resolve(".kafka_cleanshutdown")));
        }
    }

    @Test
    void aPortThatIsTakenStopsTheStartAndFreesTheDirectory() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            String listeners = "PLAINTEXT://localhost:" + taken.getLocalPort();
            var failure = assertThrows(
                    StopBrokerException.class,
                    () -> broker(Map.of("listeners", listeners)).startup());
            assertTrue(failure.getMessage().contains(String.valueOf(taken.getLocalPort())), failure.getMessage());
            assertEquals(1, failure.getMessage().lines().count());
            assertEquals(List.of(), List.of(failure.getSuppressed()));
        }
        started(Map.of()).close();
    }

    @Test
    void aDirectoryInUseStopsTheStartAndLeavesTheOwnerAlone() throws IOException {
        try (BrokerServer owner = started(Map.of())) {
            var failure = assertThrows(
                    StopBrokerException.class, () -> broker(Map.of()).startup());
            assertTrue(failure.getMessage().contains(data.toString()), failure.getMessage());
            assertEquals(1, metadata(owner).brokers().size());
        }
    }

    @Test
    void closingABrokerThatWasNotStartedDoesNothing() {
        broker(Map.of()).close();
    }

    @Test
    void theStateIsAMetric() {
        BrokerServer broker = broker(Map.of());
        broker.startup();
        Gauge<?> state = broker.metrics().getGauges().get("kafka.server:type=KafkaServer,name=BrokerState");
        assertEquals(3, state.getValue());
        broker.close();
        assertEquals(0, state.getValue());
    }

    @Test
    void everyPlatformThreadHasANameOfTheTable() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (BrokerServer broker = started(Map.of("handler.strategy", "platform", "num.io.threads", "2"))) {
            Pattern table = Pattern.compile(
                    "acceptor-PLAINTEXT|processor-PLAINTEXT-\\d+|scheduler"
                            + "|log-io-.*|log-cleaner-\\d+|(data|control)-plane-kafka-request-handler-\\d+|validation-cpu-\\d+|group-expiry");
            Pattern jdks =
                    Pattern.compile("ForkJoinPool.*|VirtualThread.*|Read-Poller|Write-Poller|.*-Poller.*|Cleaner-\\d+");
            Set<String> names = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !before.contains(thread))
                    .map(Thread::getName)
                    .filter(name -> !jdks.matcher(name).matches())
                    .collect(Collectors.toCollection(TreeSet::new));
            var unknown = names.stream()
                    .filter(name -> !table.matcher(name).matches())
                    .toList();
            assertEquals(List.of(), unknown);
            assertTrue(names.containsAll(Set.of("acceptor-PLAINTEXT", "processor-PLAINTEXT-0")), names.toString());
            assertTrue(
                    names.stream().anyMatch(name -> name.startsWith("data-plane-kafka-request-handler-")),
                    names.toString());
        }
    }

    @Test
    void aDefaultOfTopicsCanBeAlteredWhileTheBrokerRuns() throws IOException {
        try (BrokerServer broker = started(Map.of())) {
            assertEquals(Errors.NONE, alter(broker, "log.retention.ms", "1234"));
            assertEquals(1234L, broker.parts().dynamicConfig.values().get("log.retention.ms"));
            assertEquals(Errors.INVALID_REQUEST, alter(broker, "log.segment.bytes", "many"));
            assertEquals(Errors.INVALID_REQUEST, alter(broker, "num.network.threads", "7"));
        }
        try (BrokerServer broker = started(Map.of())) {
            assertEquals(1234L, broker.parts().dynamicConfig.values().get("log.retention.ms"));
        }
    }

    @Test
    void theControllerLearnsWhichDirectoryHoldsWhichReplica(@TempDir Path second) throws IOException {
        var directories = Map.of("log.dirs", data + "," + second);
        try (BrokerServer broker = started(directories)) {
            createTopic(broker, "spread", 4);
            var known = new TreeSet<Uuid>();
            while (known.size() < 2 || known.contains(Uuid.ONE_UUID)) {
                known.clear();
                broker.parts()
                        .metadata
                        .image()
                        .topics()
                        .topic("spread")
                        .partitions()
                        .values()
                        .forEach(partition -> {
                            known.addAll(partition.directories());
                        });
                Thread.onSpinWait();
            }
            var actual = new TreeSet<Uuid>();
            broker.parts().directories.all().forEach(directory -> actual.add(directory.id()));
            assertEquals(actual, known);
        }
    }

    private static void createTopic(BrokerServer broker, String name, int partitions) throws IOException {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(partitions)
                        .setReplicationFactor((short) 1));
        try (var client = new RehearsalClient(broker.mainPort())) {
            var response = (CreateTopicsResponseData)
                    client.ask(new CreateTopicsRequest.Builder(request).build()).data();
            assertEquals(
                    Errors.NONE,
                    Errors.forCode(response.topics().iterator().next().errorCode()));
        }
    }

    private static Errors alter(BrokerServer broker, String key, String value) throws IOException {
        var request = new IncrementalAlterConfigsRequestData();
        var resource = new AlterConfigsResource()
                .setResourceType(ConfigResource.Type.BROKER.id())
                .setResourceName("1");
        resource.configs().add(new AlterableConfig().setName(key).setValue(value));
        request.resources().add(resource);
        try (var client = new RehearsalClient(broker.mainPort())) {
            var response = (IncrementalAlterConfigsResponseData)
                    client.ask(new IncrementalAlterConfigsRequest.Builder(request).build())
                            .data();
            return Errors.forCode(response.responses().getFirst().errorCode());
        }
    }
}
