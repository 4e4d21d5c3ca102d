package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Commits ever higher offsets. */
final class CrashCommitter extends CrashWorker {

    private static final String GROUP = "crash-group";

    private final Clients clients;
    private final TopicPartition partition;
    private final KafkaConsumer<String, String> consumer;
    private long attempted;
    private long acknowledged;

    CrashCommitter(Clients clients, TopicPartition partition) {
        super("committer of " + partition);
        this.clients = clients;
        this.partition = partition;
        this.consumer = clients.consumer(Map.of(
                "group.id", GROUP,
                "enable.auto.commit", "false",
                "reconnect.backoff.max.ms", "50",
                "retry.backoff.max.ms", "50",
                "default.api.timeout.ms", "20000"));
        consumer.assign(Set.of(partition));
    }

    @Override
    void step() {
        attempted++;
        try {
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(attempted)));
            acknowledged = attempted;
        } catch (KafkaException unacknowledged) {
            // It may or may not be there.
        }
    }

    @Override
    void verify(String context) {
        assertTrue(acknowledged > 0);
        long found = clients.committed(GROUP, partition);
        assertTrue(
                found >= acknowledged && found <= attempted,
                () -> "acknowledged=" + acknowledged + " found=" + found + " attempted=" + attempted + " " + context);
    }
}
