package dev.heddle.security;

import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/**
 * What an authorizer learns of the broker when it starts. Immutable, so any thread may read it.
 */
public record ServerInfo(
        ClusterResource clusterResource,
        int brokerId,
        Collection<Endpoint> endpoints,
        Endpoint interBrokerEndpoint,
        Collection<String> earlyStartListeners)
        implements AuthorizerServerInfo {

    public ServerInfo {
        endpoints = List.copyOf(endpoints);
        earlyStartListeners = List.copyOf(earlyStartListeners);
    }
}
