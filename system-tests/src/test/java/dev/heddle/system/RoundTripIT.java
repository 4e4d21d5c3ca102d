package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data directory goes from Apache Kafka to Heddle and back, or the other way round, and grows at every stop. Every broker
 * finds everything that was there, and Apache's decoder finds no fault in any file.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class RoundTripIT {

    private enum Leave {
        STOPPED,
        KILLED
    }

    @TempDir
    Path directory;

    private final TransactionalTopic transactions = new TransactionalTopic();
    private final IdempotentProducers producers = new IdempotentProducers();
    private final List<Cargo> cargo = List.of(
            new CodecTopics(),
            new CompactedTopics(),
            transactions,
            producers,
            new GroupsWithOffsets(),
            new StreamsGroups(),
            new ShareGroupsAltered(),
            new DynamicConfigs(),
            new DeletedData(),
            new DirectoryPlacement(),
            new QuotasAndUsers());

    @AfterEach
    void closeLastingClients() {
        transactions.close();
        producers.close();
    }

    @Test
    void fromApacheKafkaAndBack() {
        ApacheKafka kafka = ApacheKafka.on(directory, directories());
        kafka.format();
        inKafka(kafka, "kafka-1", Leave.STOPPED);
        inHeddle(kafka, "heddle-1", Leave.STOPPED);
        inKafka(kafka, "kafka-2", Leave.STOPPED);
        transactions.assertTravelled();
        decode();
    }

    @Test
    void fromHeddleAndBackFromCrashToCrash() {
        ApacheKafka kafka = ApacheKafka.on(directory, directories());
        inHeddle(kafka, "heddle-1", Leave.KILLED);
        inKafka(kafka, "kafka-1", Leave.KILLED);
        inHeddle(kafka, "heddle-2", Leave.KILLED);
        inKafka(kafka, "kafka-2", Leave.STOPPED);
        transactions.assertTravelled();
        decode();
    }

    private List<Path> directories() {
        return List.of(directory.resolve("data-a"), directory.resolve("data-b"));
    }

    private void inKafka(ApacheKafka kafka, String name, Leave leave) {
        try (kafka) {
            kafka.start();
            visit(name, true, kafka.port());
            switch (leave) {
                case STOPPED -> kafka.stop();
                case KILLED -> kafka.kill();
            }
        }
    }

    private void inHeddle(ApacheKafka kafka, String name, Leave leave) {
        try (var broker = BrokerProcess.startWithConfig(kafka.config())) {
            assertEquals(kafka.port(), broker.port());
            visit(name, false, broker.port());
            switch (leave) {
                case STOPPED -> assertEquals(0, broker.stop(), broker::printed);
                case KILLED -> broker.kill();
            }
        }
    }

    /** Finds everything that was there, and adds to all of it. */
    private void visit(String name, boolean apache, int port) {
        try (var clients = new Clients("localhost:" + port)) {
            var stop = new Stop(name, apache, port, clients, directories());
            for (Cargo each : cargo) each.check(stop);
            for (Cargo each : cargo) each.load(stop);
            for (Cargo each : cargo) each.check(stop);
        }
    }

    private void decode() {
        String output = directories().stream().map(SegmentDump::ofAll).collect(Collectors.joining("\n"));
        for (String kind : List.of(".log", ".index", ".timeindex", ".txnindex", ".snapshot")) {
            assertTrue(output.contains(kind), kind);
        }
    }
}
