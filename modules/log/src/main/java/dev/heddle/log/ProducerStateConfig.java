package dev.heddle.log;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;

import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * How long producers are remembered, and what is asked of their transactions. Immutable: any thread may read it.
 *
 * @param producerIdExpirationMs {@code producer.id.expiration.ms}: after its last write a producer without an open
 *     transaction is forgotten
 * @param maxTransactionTimeoutMs {@code transaction.max.timeout.ms}: what transactions may last; longer ones are counted
 *     as late
 * @param verifyTransactions {@code transaction.partition.verification.enable}: whether records of a transaction need its
 *     coordinator's word that it is open (KIP-890)
 */
public record ProducerStateConfig(int producerIdExpirationMs, int maxTransactionTimeoutMs, boolean verifyTransactions) {

    private static final String PRODUCER_ID_EXPIRATION_MS = "producer.id.expiration.ms";
    private static final String TRANSACTION_MAX_TIMEOUT_MS = "transaction.max.timeout.ms";
    private static final String VERIFY_TRANSACTIONS = "transaction.partition.verification.enable";

    /** The keys whose change takes effect while the broker runs, as in Kafka. */
    public static final Set<String> DYNAMIC_KEYS = Set.of(PRODUCER_ID_EXPIRATION_MS, VERIFY_TRANSACTIONS);

    /** Adds the keys to {@code def}; {@link LogManagerConfig#define} does so too. */
    static ConfigDef define(ConfigDef def) {
        return def.define(
                        PRODUCER_ID_EXPIRATION_MS,
                        INT,
                        86_400_000,
                        atLeast(1),
                        LOW,
                        "How long after its last write to a partition a producer without an open transaction is"
                                + " remembered there, in milliseconds. Within that time its repetitions are recognised.")
                .define(
                        TRANSACTION_MAX_TIMEOUT_MS,
                        INT,
                        900_000,
                        atLeast(1),
                        HIGH,
                        "The longest time-out that a producer may ask for its transactions, in milliseconds.")
                .define(
                        VERIFY_TRANSACTIONS,
                        BOOLEAN,
                        true,
                        LOW,
                        "Whether a transactional write is checked to be of a partition that is part of the transaction.");
    }

    /** Reads the keys. */
    public static ProducerStateConfig from(AbstractConfig parsed) {
        return new ProducerStateConfig(
                parsed.getInt(PRODUCER_ID_EXPIRATION_MS),
                parsed.getInt(TRANSACTION_MAX_TIMEOUT_MS),
                parsed.getBoolean(VERIFY_TRANSACTIONS));
    }
}
