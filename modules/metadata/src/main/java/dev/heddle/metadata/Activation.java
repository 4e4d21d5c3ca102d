package dev.heddle.metadata;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.AbortTransactionRecord;
import org.apache.kafka.common.metadata.BeginTransactionRecord;
import org.apache.kafka.common.metadata.EndTransactionRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.protocol.ApiMessage;

/** What a leader appends first, when its epoch begins. Stateless: any thread may call it. */
final class Activation {

    private Activation() {}

    /**
     * The first records of all, in a transaction where metadata.version knows it.
     *
     * @param bootstrap the records that the directories were formatted with
     * @param inTransaction whether an attempt before was cut short
     * @param minInSyncReplicas becomes the cluster's, if eligible leader replicas are on: they need one that is the same
     *     on all brokers (KIP-966)
     */
    static List<VersionedRecord> forEmptyLog(
            List<VersionedRecord> bootstrap, boolean inTransaction, int minInSyncReplicas) {
        boolean transaction = MetadataVersion.hasTransactions(level(bootstrap, MetadataVersion.FEATURE_NAME));
        List<VersionedRecord> records = new ArrayList<>(forOldLog(inTransaction));
        if (transaction) records.add(VersionedRecord.of(new BeginTransactionRecord().setName("Bootstrap records"), 0));
        records.addAll(bootstrap);
        if (level(bootstrap, Features.ELIGIBLE_LEADER_REPLICAS) > 0) {
            var cluster = new ConfigResource(ConfigResource.Type.BROKER, "");
            records.add(ImageRecords.config(cluster, "min.insync.replicas", Integer.toString(minInSyncReplicas)));
        }
        if (transaction) records.add(VersionedRecord.of(new EndTransactionRecord(), 0));
        return records;
    }

    /** Nothing, unless the leader before was cut short in the middle of a transaction. */
    static List<VersionedRecord> forOldLog(boolean inTransaction) {
        if (!inTransaction) return List.of();
        return List.of(VersionedRecord.of(new AbortTransactionRecord().setReason("Controller failover"), 0));
    }

    private static short level(List<VersionedRecord> records, String feature) {
        short level = 0;
        for (VersionedRecord versioned : records) {
            if (versioned.record() instanceof FeatureLevelRecord record
                    && record.name().equals(feature)) {
                level = record.featureLevel();
            }
        }
        return level;
    }

    /** Whether a record is only a bracket around others. */
    static boolean isTransactionMarker(ApiMessage record) {
        return record instanceof BeginTransactionRecord
                || record instanceof EndTransactionRecord
                || record instanceof AbortTransactionRecord;
    }
}
