package dev.heddle.coordinator;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;

/**
 * All that a broker has for transactions. Immutable; any thread may read it.
 *
 * @param coordinator decides what becomes of transactions
 * @param markers writes their ends to the partitions that this broker leads
 * @param verifier lets their records into partitions
 */
public record Transactions(
        TransactionCoordinator coordinator, TransactionMarkers markers, TransactionVerifier verifier) {

    /**
     * Makes the parts; {@link TransactionCoordinator#startup} starts them.
     *
     * @param groups coordinates the groups that commit offsets with their transactions
     */
    public static Transactions of(
            TransactionConfig config,
            ReplicaManager replicas,
            GroupCoordinator groups,
            MetadataCache metadata,
            ProducerIdManager producerIds,
            TransactionCoordinator.Tools tools) {
        var markers = new TransactionMarkers(replicas, groups, tools.time());
        var coordinator = new TransactionCoordinator(config, replicas, metadata, markers, producerIds, tools);
        var verifier =
                new TransactionVerifier(coordinator, replicas, config.verification(), tools.time(), tools.metrics());
        return new Transactions(coordinator, markers, verifier);
    }
}
