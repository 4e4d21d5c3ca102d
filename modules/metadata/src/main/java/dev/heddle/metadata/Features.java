package dev.heddle.metadata;

import dev.heddle.common.StopBrokerException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The features of Kafka 4.3 and the levels of them that this node supports. Stateless: any thread may call it. */
public final class Features {

    public static final String ELIGIBLE_LEADER_REPLICAS = "eligible.leader.replicas.version";
    public static final String GROUP = "group.version";
    public static final String KRAFT = "kraft.version";
    public static final String SHARE = "share.version";
    public static final String STREAMS = "streams.version";
    public static final String TRANSACTION = "transaction.version";

    /** What this node supports, by name: for its registration, and for ApiVersions. */
    public static final SortedMap<String, FeatureRange> SUPPORTED =
            Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(
                    ELIGIBLE_LEADER_REPLICAS,
                    upTo(1),
                    GROUP,
                    upTo(1),
                    KRAFT,
                    upTo(1),
                    MetadataVersion.FEATURE_NAME,
                    new FeatureRange(MetadataVersion.MINIMUM, MetadataVersion.LATEST_PRODUCTION),
                    SHARE,
                    upTo(1),
                    STREAMS,
                    upTo(1),
                    TRANSACTION,
                    upTo(2))));

    private Features() {}

    private static FeatureRange upTo(int max) {
        return new FeatureRange((short) 0, (short) max);
    }

    /** The records that a new cluster begins with: every feature at its newest level, as Kafka 4.3 formats it. */
    static List<VersionedRecord> bootstrapRecords() {
        List<VersionedRecord> records = new ArrayList<>();
        records.add(ImageRecords.feature(MetadataVersion.FEATURE_NAME, MetadataVersion.LATEST_PRODUCTION));
        SUPPORTED.forEach((name, range) -> {
            // The quorum's own version is no metadata record, and metadata.version must come first.
            if (!name.equals(KRAFT) && !name.equals(MetadataVersion.FEATURE_NAME)) {
                records.add(ImageRecords.feature(name, range.max()));
            }
        });
        return records;
    }

    /**
     * Makes sure that this node understands what is in force.
     *
     * @throws StopBrokerException if it does not
     */
    static void check(FeaturesImage features) {
        check(MetadataVersion.FEATURE_NAME, features.metadataVersion());
        features.levels().forEach(Features::check);
    }

    private static void check(String name, short level) {
        FeatureRange supported = SUPPORTED.get(name);
        if (supported == null || !supported.contains(level)) {
            throw new StopBrokerException("The metadata log needs feature " + name + " at level " + level
                    + ", and this broker supports "
                    + (supported == null ? "no such feature" : supported.min() + " to " + supported.max()));
        }
    }

    static boolean eligibleLeaderReplicas(FeaturesImage features) {
        return features.level(ELIGIBLE_LEADER_REPLICAS) > 0;
    }
}
