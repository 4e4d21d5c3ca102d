package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;

/** Which log directory a partition lies in: it stays there, unless Apache Kafka is told to move it. */
final class DirectoryPlacement implements Cargo {

    private static final String TOPIC = "spread";
    private static final int PARTITIONS = 4;
    private static final TopicPartition MOVED = new TopicPartition(TOPIC, 0);

    private Map<TopicPartition, Path> known = Map.of();
    private int records;

    @Override
    public void load(Stop stop) {
        Clients clients = stop.clients();
        if (known.isEmpty()) clients.createLedTopic(TOPIC, PARTITIONS, Map.of());
        try (var producer = clients.producer(Map.of())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                producer.send(new ProducerRecord<>(TOPIC, partition, null, String.valueOf(records)));
            }
        }
        records++;
        known = found(stop);
        assertEquals(PARTITIONS, known.size());
        assertEquals(stop.directories().size(), new HashSet<>(known.values()).size(), known::toString);
        move(stop);
    }

    private void move(Stop stop) {
        Path to = stop.directories().stream()
                .filter(directory -> !directory.equals(known.get(MOVED)))
                .findFirst()
                .orElseThrow();
        var replica = new TopicPartitionReplica(MOVED.topic(), MOVED.partition(), 1);
        Clients.get(stop.clients()
                .admin()
                .alterReplicaLogDirs(Map.of(replica, to.toString()))
                .all());
        Await.that(() -> to.equals(found(stop).get(MOVED)), MOVED + " is moved");
        known = found(stop);
    }

    private static Map<TopicPartition, Path> found(Stop stop) {
        Map<String, LogDirDescription> directories = Clients.get(
                        stop.clients().admin().describeLogDirs(List.of(1)).allDescriptions())
                .get(1);
        var placement = new HashMap<TopicPartition, Path>();
        directories.forEach((path, description) -> {
            assertEquals(null, description.error());
            description.replicaInfos().forEach((partition, replica) -> {
                if (partition.topic().equals(TOPIC) && !replica.isFuture()) placement.put(partition, Path.of(path));
            });
        });
        return placement;
    }

    @Override
    public void check(Stop stop) {
        if (known.isEmpty()) return;
        assertEquals(known, found(stop), stop.name());
        known.forEach((partition, directory) -> {
            assertTrue(Files.isDirectory(directory.resolve(partition.toString())));
            assertEquals(
                    records,
                    stop.clients().readAll(partition, "read_uncommitted").size());
        });
    }
}
