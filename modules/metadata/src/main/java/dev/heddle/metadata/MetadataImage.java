package dev.heddle.metadata;

/**
 * Everything the cluster agrees on, at one offset of the metadata log. Immutable: any thread may read it, for as long as
 * it likes, and sees one moment of the cluster. It has more than six parts because it is the whole of the metadata.
 *
 * @param offset the last offset of the metadata log that it contains; -1 if it contains nothing
 * @param epoch the leader epoch of that offset; -1 if it contains nothing
 * @param timestampMs when that offset was written, in milliseconds since the epoch; -1 if it contains nothing
 */
public record MetadataImage(
        long offset,
        int epoch,
        long timestampMs,
        FeaturesImage features,
        ClusterImage cluster,
        TopicsImage topics,
        ConfigsImage configs,
        ProducerIdsImage producerIds,
        ClientQuotasImage clientQuotas,
        AclsImage acls,
        ScramImage scram,
        DelegationTokensImage delegationTokens) {

    /** What is known before the first record. */
    public static final MetadataImage EMPTY = new MetadataImage(
            -1,
            -1,
            -1,
            FeaturesImage.EMPTY,
            ClusterImage.EMPTY,
            TopicsImage.EMPTY,
            ConfigsImage.EMPTY,
            ProducerIdsImage.EMPTY,
            ClientQuotasImage.EMPTY,
            AclsImage.EMPTY,
            ScramImage.EMPTY,
            DelegationTokensImage.EMPTY);
}
