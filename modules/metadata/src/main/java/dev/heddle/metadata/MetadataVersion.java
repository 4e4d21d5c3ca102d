package dev.heddle.metadata;

import java.util.Set;

/**
 * The levels of {@code metadata.version}, as Kafka 4.3 numbers them, and what each brought that shows in the records.
 * Stateless: any thread may call it.
 */
public final class MetadataVersion {

    /** The feature's name. */
    public static final String FEATURE_NAME = "metadata.version";

    /** The oldest level that can be read: 3.3-IV3. */
    public static final short MINIMUM = 7;

    /** The level that a new cluster is formatted with: 4.3-IV0. */
    public static final short LATEST_PRODUCTION = 30;

    private static final short ZK_MIGRATION = 8;
    private static final short SCRAM = 11;
    private static final short TRANSACTIONS = 13;
    private static final short DELEGATION_TOKENS = 14;
    private static final short CONTROLLER_REGISTRATION = 15;
    private static final short DIRECTORY_ASSIGNMENT = 17;
    private static final short ELIGIBLE_LEADER_REPLICAS = 23;
    private static final short CORDONED_LOG_DIRS = 30;

    /** The levels whose records hold something that earlier ones have no place for. */
    private static final Set<Short> CHANGES = Set.of(
            ZK_MIGRATION,
            SCRAM,
            TRANSACTIONS,
            DELEGATION_TOKENS,
            CONTROLLER_REGISTRATION,
            DIRECTORY_ASSIGNMENT,
            ELIGIBLE_LEADER_REPLICAS,
            CORDONED_LOG_DIRS);

    private MetadataVersion() {}

    /** Whether records of the later level may hold what the earlier one has no place for. */
    static boolean changedAfter(short earlier, short later) {
        return CHANGES.stream().anyMatch(level -> level > earlier && level <= later);
    }

    static boolean hasScram(short level) {
        return level >= SCRAM;
    }

    static boolean hasTransactions(short level) {
        return level >= TRANSACTIONS;
    }

    static boolean hasDelegationTokens(short level) {
        return level >= DELEGATION_TOKENS;
    }

    static boolean hasControllerRegistration(short level) {
        return level >= CONTROLLER_REGISTRATION;
    }

    /** Whether the metadata say which directory holds which replica (KIP-858). */
    public static boolean hasDirectoryAssignment(short level) {
        return level >= DIRECTORY_ASSIGNMENT;
    }

    static boolean hasEligibleLeaderReplicas(short level) {
        return level >= ELIGIBLE_LEADER_REPLICAS;
    }

    static boolean hasCordonedLogDirs(short level) {
        return level >= CORDONED_LOG_DIRS;
    }

    /** The version of PartitionRecord and of PartitionChangeRecord. */
    static short partitionRecordVersion(short level) {
        if (hasEligibleLeaderReplicas(level)) return 2;
        return (short) (hasDirectoryAssignment(level) ? 1 : 0);
    }

    /** The version of RegisterBrokerRecord. */
    static short registerBrokerRecordVersion(short level) {
        if (hasCordonedLogDirs(level)) return 4;
        if (hasDirectoryAssignment(level)) return 3;
        return (short) (level >= ZK_MIGRATION ? 2 : 1);
    }
}
