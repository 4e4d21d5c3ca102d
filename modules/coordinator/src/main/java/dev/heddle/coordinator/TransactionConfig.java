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
 */
public record TransactionConfig(
        int maxTimeoutMs, boolean twoPhaseCommitEnabled, StateTopic topic, Cleanup cleanup, Verification verification) {

    /**
     * What {@code __transaction_state} is created with, and how it is read.
     *
     * @param segmentBytes its segments' size
     * @param minInSyncReplicas its {@code min.insync.replicas}
     * @param loadBufferBytes how much of it is read at once when it is loaded
     */
    public record StateTopic(
            int partitions, short replicationFactor, int segmentBytes, int minInSyncReplicas, int loadBufferBytes) {}

    /**
     * What happens to transactions and ids that nobody cares for.
     *
     * @param idExpirationMs how long an id without news is remembered
     * @param abortIntervalMs how often transactions are looked for that have timed out
     * @param removeIntervalMs how often ids are looked for that have expired
     */
    public record Cleanup(int idExpirationMs, int abortIntervalMs, int removeIntervalMs) {}

    /**
     * How the first records of a transaction come into a partition (KIP-890).
     *
     * @param enabled whether partitions are verified that must have been added before
     * @param patienceMs how long a Produce waits for the producer's last transaction to be completed
     */
    public record Verification(boolean enabled, int patienceMs) {}

    /** Kafka's {@code request.timeout.ms}: how long a write of the coordinator may take to be committed. */
    static final int REQUEST_TIMEOUT_MS = 30_000;

    /** Declared by the log, which keeps producers for that long. */
    static final String MAX_TIMEOUT_MS = "transaction.max.timeout.ms";

    /** Declared by the log, which refuses what is not verified. */
    static final String VERIFICATION_ENABLE = "transaction.partition.verification.enable";

    static final String TWO_PHASE_COMMIT_ENABLE = "transaction.two.phase.commit.enable";
    static final String TOPIC_NUM_PARTITIONS = "transaction.state.log.num.partitions";
    static final String TOPIC_REPLICATION_FACTOR = "transaction.state.log.replication.factor";
    static final String TOPIC_SEGMENT_BYTES = "transaction.state.log.segment.bytes";
    static final String TOPIC_MIN_ISR = "transaction.state.log.min.isr";
    static final String TOPIC_LOAD_BUFFER_SIZE = "transaction.state.log.load.buffer.size";
    static final String ADD_PARTITIONS_PATIENCE_MS = "add.partitions.to.txn.retry.backoff.max.ms";
    static final String ID_EXPIRATION_MS = "transactional.id.expiration.ms";
    static final String ABORT_INTERVAL_MS = "transaction.abort.timed.out.transaction.cleanup.interval.ms";
    static final String REMOVE_INTERVAL_MS = "transaction.remove.expired.transaction.cleanup.interval.ms";

    /** Adds the keys to {@code def}, with Kafka's names, types, defaults and limits, and returns it. */
    public static ConfigDef define(ConfigDef def) {
        defineTopic(def);
        defineVerification(def);
        return def.define(
                        ID_EXPIRATION_MS,
                        INT,
                        604_800_000,
                        atLeast(1),
                        HIGH,
                        "How long a transactional id without news is remembered; never while its transaction is open.")
                .define(
                        ABORT_INTERVAL_MS,
                        INT,
                        10_000,
                        atLeast(1),
                        LOW,
                        "How often to look for transactions that have timed out, to abort them.")
                .define(
                        REMOVE_INTERVAL_MS,
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
                        "Whether producers may take part in two-phase commit under an external transaction manager.");
    }

    private static void defineVerification(ConfigDef def) {
        def.define(
                        ADD_PARTITIONS_PATIENCE_MS,
                        INT,
                        100,
                        atLeast(0),
                        HIGH,
                        "How long a write waits for the producer's last transaction to be completed, before the client is"
                                + " told to come back, in milliseconds.")
                .define(
                        "add.partitions.to.txn.retry.backoff.ms",
                        INT,
                        20,
                        atLeast(1),
                        HIGH,
                        "Accepted and without effect: such a write goes on when that transaction is complete, not at"
                                + " intervals.");
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
                        TOPIC_LOAD_BUFFER_SIZE,
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
        var topic = new StateTopic(
                parsed.getInt(TOPIC_NUM_PARTITIONS),
                parsed.getShort(TOPIC_REPLICATION_FACTOR),
                parsed.getInt(TOPIC_SEGMENT_BYTES),
                parsed.getInt(TOPIC_MIN_ISR),
                parsed.getInt(TOPIC_LOAD_BUFFER_SIZE));
        var cleanup = new Cleanup(
                parsed.getInt(ID_EXPIRATION_MS), parsed.getInt(ABORT_INTERVAL_MS), parsed.getInt(REMOVE_INTERVAL_MS));
        return new TransactionConfig(
                parsed.getInt(MAX_TIMEOUT_MS),
                parsed.getBoolean(TWO_PHASE_COMMIT_ENABLE),
                topic,
                cleanup,
                new Verification(
                        parsed.getBoolean(VERIFICATION_ENABLE),
                        Math.min(parsed.getInt(ADD_PARTITIONS_PATIENCE_MS), REQUEST_TIMEOUT_MS)));
    }
}
