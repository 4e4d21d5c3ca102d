package dev.heddle.coordinator;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.SHORT;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * How transactions are coordinated: Kafka's {@code transaction.*} and {@code transactional.*} keys. Immutable.
 *
 * @param maxTimeoutMs the longest time-out a transactional producer may ask for
 * @param twoPhaseCommitEnabled whether producers may take part in two-phase commit
 * @param topicPartitions how many partitions {@code __transaction_state} is created with
 * @param topicReplicationFactor how many replicas it is created with
 * @param topicSegmentBytes its segments' size
 * @param topicMinInSyncReplicas its {@code min.insync.replicas}
 */
public record TransactionConfig(
        int maxTimeoutMs,
        boolean twoPhaseCommitEnabled,
        int topicPartitions,
        short topicReplicationFactor,
        int topicSegmentBytes,
        int topicMinInSyncReplicas) {

    /** Declared by the log, which keeps producers for that long. */
    static final String MAX_TIMEOUT_MS = "transaction.max.timeout.ms";

    static final String TWO_PHASE_COMMIT_ENABLE = "transaction.two.phase.commit.enable";
    static final String TOPIC_NUM_PARTITIONS = "transaction.state.log.num.partitions";
    static final String TOPIC_REPLICATION_FACTOR = "transaction.state.log.replication.factor";
    static final String TOPIC_SEGMENT_BYTES = "transaction.state.log.segment.bytes";
    static final String TOPIC_MIN_ISR = "transaction.state.log.min.isr";

    /** Adds the keys to {@code def}, with Kafka's names, types, defaults and limits, and returns it. */
    public static ConfigDef define(ConfigDef def) {
        defineTopic(def);
        return def.define(
                        "transactional.id.expiration.ms",
                        INT,
                        604_800_000,
                        atLeast(1),
                        HIGH,
                        "How long a transactional id without news is remembered; never while its transaction is open.")
                .define(
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                        INT,
                        10_000,
                        atLeast(1),
                        LOW,
                        "How often to look for transactions that have timed out, to abort them.")
                .define(
                        "transaction.remove.expired.transaction.cleanup.interval.ms",
                        INT,
                        3_600_000,
                        atLeast(1),
                        LOW,
                        "How often to look for transactional ids that have expired.")
                .define(
                        TWO_PHASE_COMMIT_ENABLE,
                        BOOLEAN,
                        false,
                        LOW,
                        "Whether producers may take part in two-phase commit under an external transaction manager.")
                .define(
                        "transaction.partition.verification.enable",
                        BOOLEAN,
                        true,
                        LOW,
                        "Whether a transactional write is checked to be of a partition that is part of the transaction.");
    }

    private static void defineTopic(ConfigDef def) {
        def.define(
                        TOPIC_MIN_ISR,
                        INT,
                        2,
                        atLeast(1),
                        HIGH,
                        "How many replicas must have a write to the transaction topic for it to count.")
                .define(
                        "transaction.state.log.load.buffer.size",
                        INT,
                        5 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "How many bytes of the transaction topic are read at once when transactions are loaded; a larger"
                                + " batch is still read whole.")
                .define(
                        TOPIC_REPLICATION_FACTOR,
                        SHORT,
                        (short) 3,
                        atLeast(1),
                        HIGH,
                        "The number of replicas that the transaction topic is created with; creation fails until there"
                                + " are as many brokers.")
                .define(
                        TOPIC_NUM_PARTITIONS,
                        INT,
                        50,
                        atLeast(1),
                        HIGH,
                        "The number of partitions that the transaction topic is created with. It decides where a"
                                + " transactional id lives, so it should never change afterwards.")
                .define(
                        TOPIC_SEGMENT_BYTES,
                        INT,
                        100 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "The segment size of the transaction topic: rather small, so that loading reads little.");
    }

    /** Reads the values. */
    public static TransactionConfig from(AbstractConfig parsed) {
        return new TransactionConfig(
                parsed.getInt(MAX_TIMEOUT_MS),
                parsed.getBoolean(TWO_PHASE_COMMIT_ENABLE),
                parsed.getInt(TOPIC_NUM_PARTITIONS),
                parsed.getShort(TOPIC_REPLICATION_FACTOR),
                parsed.getInt(TOPIC_SEGMENT_BYTES),
                parsed.getInt(TOPIC_MIN_ISR));
    }
}
