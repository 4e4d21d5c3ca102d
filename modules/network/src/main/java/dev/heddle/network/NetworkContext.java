package dev.heddle.network;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestPlane;
import java.util.function.Function;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * What every Acceptor and Processor of a {@link SocketServer} is given.
 *
 * @param principals says for each listener who its clients are; null where all are anonymous
 */
record NetworkContext(
        SocketServerConfig config,
        RequestChannel channel,
        ConnectionQuotas quotas,
        Function<String, @Nullable Function<AuthenticationContext, KafkaPrincipal>> principals,
        Time time,
        MetricRegistry metrics) {

    RequestPlane plane(boolean controlPlane) {
        return controlPlane ? channel.controlPlane() : channel.dataPlane();
    }

    ConnectionBounds connectionBounds() {
        var bounds = channel.config();
        return new ConnectionBounds(bounds.maxInflightPerConnection(), bounds.maxInflightBytesPerConnection());
    }
}
