package dev.heddle.metadata;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A registered broker. Immutable: any thread may read it. It has more than six parts because it mirrors
 * RegisterBrokerRecord.
 *
 * @param epoch the offset of its registration in the metadata log
 * @param incarnationId chosen anew at each start of the process
 * @param endpoints where clients reach it, by listener name
 * @param features the feature levels it supports, by feature name
 * @param rack null if it has none
 * @param fenced whether it may not lead and is hidden from clients
 * @param directories the ids of its log directories that are online
 * @param cordonedDirectories the ids of those that take no new partitions; null if it never said
 */
public record BrokerImage(
        int id,
        long epoch,
        Uuid incarnationId,
        Map<String, Endpoint> endpoints,
        Map<String, FeatureRange> features,
        @Nullable String rack,
        boolean fenced,
        boolean inControlledShutdown,
        List<Uuid> directories,
        @Nullable List<Uuid> cordonedDirectories) {}
