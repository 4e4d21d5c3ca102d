package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;

/**
 * A registered controller (KIP-919). Immutable: any thread may read it.
 *
 * @param incarnationId chosen anew at each start of the process
 * @param endpoints where it is reached, by listener name
 * @param features the feature levels it supports, by feature name
 */
public record ControllerImage(
        int id,
        Uuid incarnationId,
        boolean zkMigrationReady,
        Map<String, Endpoint> endpoints,
        Map<String, FeatureRange> features) {}
