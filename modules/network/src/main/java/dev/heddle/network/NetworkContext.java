package dev.heddle.network;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestPlane;

/** What every Acceptor and Processor of a {@link SocketServer} is given. */
record NetworkContext(
        SocketServerConfig config, RequestChannel channel, ConnectionQuotas quotas, Time time, MetricRegistry metrics) {

    RequestPlane plane(boolean controlPlane) {
        return controlPlane ? channel.controlPlane() : channel.dataPlane();
    }

    ConnectionBounds connectionBounds() {
        var bounds = channel.config();
        return new ConnectionBounds(bounds.maxInflightPerConnection(), bounds.maxInflightBytesPerConnection());
    }
}
