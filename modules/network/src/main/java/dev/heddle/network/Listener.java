package dev.heddle.network;

import dev.heddle.common.StopBrokerException;
import dev.heddle.network.SocketServerConfig.ListenerConfig;
import dev.heddle.requestchannel.ListenerInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** One listener: its port, its Acceptor and its Processors. Called by the thread that starts and stops the broker. */
final class Listener {

    private final ListenSocket socket;
    private final Endpoint endpoint;
    private final List<Processor> processors;
    private final Acceptor acceptor;
    private boolean started;

    private Listener(ListenSocket socket, Endpoint endpoint, List<Processor> processors, Acceptor acceptor) {
        this.socket = socket;
        this.endpoint = endpoint;
        this.processors = processors;
        this.acceptor = acceptor;
    }

    /**
     * Binds the port, and makes the threads without starting them.
     *
     * @param processorIds numbers the Processors of the whole broker
     */
    static Listener bind(ListenerConfig config, NetworkContext context, IntSupplier processorIds) {
        Endpoint wanted = config.endpoint();
        requireSupported(wanted);
        ListenSocket socket = ListenSocket.bind(wanted, context.config().socket());
        var info = info(config, context.config());
        List<Processor> processors = new ArrayList<>();
        for (int i = 0; i < config.networkThreads(); i++) {
            processors.add(Processor.open(processorIds.getAsInt(), i, info, context));
        }
        var bound = new Endpoint(wanted.listener(), wanted.securityProtocol(), wanted.host(), socket.port());
        var acceptor = new Acceptor(socket, socket.channel()::accept, processors, context);
        return new Listener(socket, bound, processors, acceptor);
    }

    private static void requireSupported(Endpoint endpoint) {
        if (endpoint.securityProtocol() == SecurityProtocol.PLAINTEXT) return;
        throw new StopBrokerException("The security protocol " + endpoint.securityProtocol() + " of listener "
                + endpoint.listener() + " is not supported; supported is PLAINTEXT");
    }

    private static ListenerInfo info(ListenerConfig config, SocketServerConfig all) {
        String name = config.endpoint().listener();
        boolean privileged = config.controlPlane() || name.equals(all.interBrokerListener());
        return new ListenerInfo(name, config.endpoint().securityProtocol(), config.controlPlane(), privileged);
    }

    /** Where it listens, with the port that was bound. */
    Endpoint endpoint() {
        return endpoint;
    }

    List<Processor> processors() {
        return processors;
    }

    /** Begins to accept and to read; once is enough. */
    void startThreads() {
        if (started) return;
        processors.forEach(Processor::start);
        acceptor.start();
        started = true;
    }

    /** Lets no further connection in, and frees the port. */
    void stopAccepting() throws IOException {
        acceptor.beginClose();
        if (started) Joining.join(acceptor.thread());
        else socket.selector().close();
        socket.closePort();
    }

    /** Begins to close the Processors. */
    void beginClose() {
        if (started) processors.forEach(Processor::beginClose);
    }

    /** Waits for the Processors to end; from {@code limit} on, it does not wait for answers any more. */
    void finishClose(Duration limit) {
        if (!started) {
            processors.forEach(Processor::closeUnstarted);
            return;
        }
        Duration left = limit;
        for (Processor processor : processors) {
            if (Joining.join(processor.thread(), left)) continue;
            left = Duration.ZERO;
            processor.abandon();
            Joining.join(processor.thread());
        }
    }
}
