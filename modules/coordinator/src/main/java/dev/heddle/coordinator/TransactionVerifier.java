package dev.heddle.coordinator;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.HdrReservoir;
import dev.heddle.common.HeddleException;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.TransactionStart;
import dev.heddle.log.VerificationGuard;
import dev.heddle.replication.ReplicaManager;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * Asks the transaction's coordinator, before the first records of a transaction are written to a partition, whether that
 * partition is part of it, or makes it so (KIP-890). Any thread may call it, and waits for the coordinator.
 */
public final class TransactionVerifier {

    /** What the client's version of the API makes possible. */
    public enum Support {
        /** The partition must have been added before; the client does not know TRANSACTION_ABORTABLE. */
        VERIFY_WITH_OLD_ERRORS,
        /** The partition must have been added before. */
        VERIFY,
        /** The partition is added here (transaction version 2). */
        ADD;

        /** By the version of Produce. */
        public static Support ofProduce(short apiVersion) {
            if (apiVersion > 11) return ADD;
            return apiVersion > 10 ? VERIFY : VERIFY_WITH_OLD_ERRORS;
        }

        /** By the version of TxnOffsetCommit. */
        public static Support ofTxnOffsetCommit(short apiVersion) {
            if (apiVersion > 4) return ADD;
            return apiVersion > 3 ? VERIFY : VERIFY_WITH_OLD_ERRORS;
        }
    }

    /**
     * A transaction that is about to write.
     *
     * @param firstSequences of the records, by the partition that they are for; -1 for those that have none
     */
    public record Question(
            @Nullable String transactionalId,
            ProducerIdAndEpoch producer,
            Map<TopicPartition, Integer> firstSequences,
            Support support) {}

    /**
     * What came of it; a partition that is in neither has been verified by records that are there already.
     *
     * @param guards to be shown to the log with the records
     * @param errors of the partitions that must not be written to
     */
    public record Answer(Map<TopicPartition, VerificationGuard> guards, Map<TopicPartition, Errors> errors) {

        static final Answer NOTHING = new Answer(Map.of(), Map.of());
    }

    /** From this transaction version on partitions need not be added before. */
    private static final short ADDING_VERSION = TransactionMetadata.EPOCH_PER_TRANSACTION;

    private final TransactionCoordinator coordinator;
    private final ReplicaManager replicas;
    private final TransactionConfig.Verification config;
    private final Time time;
    private final Meter failures;
    private final Histogram millis;

    TransactionVerifier(
            TransactionCoordinator coordinator,
            ReplicaManager replicas,
            TransactionConfig.Verification config,
            Time time,
            MetricRegistry metrics) {
        this.coordinator = coordinator;
        this.replicas = replicas;
        this.config = config;
        this.time = time;
        this.failures = metrics.meter(name("VerificationFailureRate"));
        this.millis = metrics.histogram(name("VerificationTimeMs"), () -> new Histogram(new HdrReservoir()));
    }

    private static String name(String name) {
        return MetricNames.of("kafka.server", "AddPartitionsToTxnManager", name);
    }

    /** Asks. */
    public Answer verify(Question question, Waiter waiter) {
        return verify(question, waiter, 0);
    }

    /**
     * Asks; while the producer's last transaction is still being completed, waits for that and asks again. Where records
     * could be added to the new transaction, that is cheaper than to have them sent once more.
     */
    public Answer verifyPatiently(Question question, Waiter waiter) {
        return verify(question, waiter, question.support() == Support.ADD ? config.patienceMs() : 0);
    }

    private Answer verify(Question question, Waiter waiter, long patienceMs) {
        boolean adds = question.support() == Support.ADD;
        if (question.transactionalId() == null || (!adds && !config.enabled())) return Answer.NOTHING;
        var guards = new HashMap<TopicPartition, VerificationGuard>();
        var errors = new HashMap<TopicPartition, Errors>();
        question.firstSequences()
                .forEach((partition, sequence) -> begin(question, partition, sequence, guards, errors));
        if (!guards.isEmpty()) ask(question, guards.keySet(), errors, waiter, patienceMs);
        return new Answer(guards, errors);
    }

    private void begin(
            Question question,
            TopicPartition partition,
            int firstSequence,
            Map<TopicPartition, VerificationGuard> guards,
            Map<TopicPartition, Errors> errors) {
        ProducerIdAndEpoch producer = question.producer();
        var start = new TransactionStart(
                producer.producerId, producer.epoch, firstSequence, question.support() == Support.ADD);
        try {
            VerificationGuard guard = replicas.partition(partition).startVerification(start);
            if (guard != null) guards.put(partition, guard);
        } catch (HeddleException e) {
            errors.put(partition, TransactionMarkers.errorOf(e));
        }
    }

    private void ask(
            Question question,
            Set<TopicPartition> partitions,
            Map<TopicPartition, Errors> errors,
            Waiter waiter,
            long patienceMs) {
        long began = time.nanoseconds();
        long deadlineNanos = time.deadlineAfterMs(patienceMs);
        Map<TopicPartition, Errors> answers = askOnce(question, partitions, waiter);
        while (answers.containsValue(Errors.CONCURRENT_TRANSACTIONS)
                && deadlineNanos - time.nanoseconds() > 0
                && !waiter.isCancelled()) {
            coordinator.awaitCompletion(question.transactionalId(), waiter, deadlineNanos);
            answers = askOnce(question, partitions, waiter);
        }
        answers.forEach((partition, error) -> {
            if (error != Errors.NONE) errors.put(partition, translate(error, question.support()));
        });
        failures.mark(
                answers.values().stream().filter(error -> error != Errors.NONE).count());
        millis.update((time.nanoseconds() - began) / 1_000_000);
    }

    private Map<TopicPartition, Errors> askOnce(Question question, Set<TopicPartition> partitions, Waiter waiter) {
        String transactionalId = question.transactionalId();
        if (question.support() != Support.ADD) {
            return coordinator.verifyPartitions(transactionalId, question.producer(), partitions, waiter);
        }
        Errors error =
                coordinator.addPartitions(transactionalId, question.producer(), partitions, ADDING_VERSION, waiter);
        var answers = new HashMap<TopicPartition, Errors>();
        for (TopicPartition partition : partitions) answers.put(partition, error);
        return answers;
    }

    private static Errors translate(Errors error, Support support) {
        // What producers expect here, to abort and begin anew instead of giving up.
        if (error == Errors.PRODUCER_FENCED) return Errors.INVALID_PRODUCER_EPOCH;
        boolean isUnknown = error == Errors.TRANSACTION_ABORTABLE && support == Support.VERIFY_WITH_OLD_ERRORS;
        return isUnknown ? Errors.INVALID_TXN_STATE : error;
    }
}
