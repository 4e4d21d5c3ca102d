package dev.heddle.handlers;

import dev.heddle.common.Threads;
import dev.heddle.requestchannel.Request;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.common.protocol.ApiKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A virtual thread for every request, named after its lane and its API. Any thread may call it. */
final class VirtualHandlers implements HandlerStrategy {

    private static final Logger LOG = LoggerFactory.getLogger(VirtualHandlers.class);

    private final Lane lane;
    private final RequestRunner runner;
    private final InFlightRequests inFlight;
    private final Map<ApiKeys, ThreadFactory> threads = new EnumMap<>(ApiKeys.class);

    VirtualHandlers(Lane lane, RequestRunner runner, InFlightRequests inFlight) {
        this.lane = lane;
        this.runner = runner;
        this.inFlight = inFlight;
        for (ApiKeys api : ApiKeys.values()) {
            threads.put(api, Threads.virtualFactory(lane.prefix() + "-request-handler-" + api.name));
        }
    }

    @Override
    public void dispatch(Request request) {
        inFlight.beginOrRefuse();
        start(request);
    }

    /** Starts a thread for a request that is counted in. */
    void start(Request request) {
        threads.get(request.apiKey()).newThread(new Work(this, request)).start();
    }

    /** What a thread does, in one frame of its stack. */
    private record Work(VirtualHandlers handlers, Request request) implements Runnable {

        @Override
        public void run() {
            try {
                request.handle(handlers.runner);
            } finally {
                handlers.inFlight.end();
            }
        }
    }

    @Override
    public void close() {
        boolean done = inFlight.close(CLOSE_TIMEOUT_MS);
        if (!done) LOG.warn("Handlers did not end in time: lane={} requests={}", lane.prefix(), inFlight.count());
    }
}
