package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ShareCoordinatorConfig;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.handlers.HandlersConfig;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.ControllerConfig;
import dev.heddle.network.SocketServerConfig;
import dev.heddle.replication.ReplicationConfig;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.security.SecurityConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/**
 * What each module is told. Immutable; the records themselves are their modules'.
 *
 * @param log for topics that override nothing
 */
record ModuleConfigs(
        BrokerConfig broker,
        SocketServerConfig network,
        RequestChannelConfig channel,
        LogManagerConfig logs,
        LogConfig log,
        ControllerConfig controller,
        SecurityConfig security,
        ReplicationConfig replication,
        GroupCoordinatorConfig groups,
        TransactionConfig transactions,
        ShareCoordinatorConfig shares,
        HandlersConfig handlers) {

    /** @throws StopBrokerException if values do not go together, with the module's own words */
    static ModuleConfigs of(AbstractConfig parsed) {
        try {
            return new ModuleConfigs(
                    BrokerConfig.from(parsed),
                    SocketServerConfig.from(parsed),
                    RequestChannelConfig.from(parsed),
                    LogManagerConfig.from(parsed),
                    LogConfig.defaults(parsed),
                    ControllerConfig.from(parsed),
                    SecurityConfig.from(parsed),
                    ReplicationConfig.from(parsed),
                    GroupCoordinatorConfig.from(parsed),
                    TransactionConfig.from(parsed),
                    ShareCoordinatorConfig.from(parsed),
                    HandlersConfig.from(parsed));
        } catch (ConfigException e) {
            throw HeddleConfig.wrong(e);
        }
    }
}
