package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.security.ServerInfo;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets each listener begin to work as soon as the authorizer is ready for it. Used by the thread that starts the broker,
 * which waits until all of them work.
 */
final class ListenerStart {

    private static final Logger LOG = LoggerFactory.getLogger(ListenerStart.class);

    private final BrokerParts parts;
    private final Time time;
    private final Waiter waiter;

    /** @param waiter what is waited on; whoever cancels it gives the start-up up */
    ListenerStart(BrokerParts parts, Time time, Waiter waiter) {
        this.parts = parts;
        this.time = time;
        this.waiter = waiter;
    }

    /** @throws StopBrokerException if the authorizer fails to start, or nobody wants to wait for it any more */
    void start() {
        Map<String, CompletableFuture<?>> waiting = new HashMap<>();
        parts.authorizer
                .start(server())
                .forEach((endpoint, ready) -> waiting.put(endpoint.listener(), ready.toCompletableFuture()));
        waiting.values().forEach(ready -> ready.whenComplete((nothing, failure) -> waiter.wake()));
        while (true) {
            startThoseReady(waiting);
            if (waiting.isEmpty()) break;
            LOG.info("Waiting for the authorizer: listeners={}", waiting.keySet());
            if (waiter.await(time.deadlineAfterMs(Long.MAX_VALUE)) == Waiter.Outcome.CANCELLED)
                throw new StopBrokerException("stopped while it waited for the authorizer to start");
        }
        parts.sockets.enableRequestProcessing(); // listeners that nobody is told of
    }

    private void startThoseReady(Map<String, CompletableFuture<?>> waiting) {
        Iterator<Map.Entry<String, CompletableFuture<?>>> entries =
                waiting.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<String, CompletableFuture<?>> entry = entries.next();
            if (!entry.getValue().isDone()) continue;
            requireSuccess(entry.getKey(), entry.getValue());
            parts.sockets.enableRequestProcessing(entry.getKey());
            entries.remove();
        }
    }

    private static void requireSuccess(String listener, CompletableFuture<?> ready) {
        try {
            ready.join();
        } catch (CompletionException e) {
            throw new StopBrokerException(
                    "The authorizer could not start on listener " + listener + ": "
                            + StepSequence.oneLine(e.getCause() == null ? e : e.getCause()),
                    e);
        }
    }

    private ServerInfo server() {
        ModuleConfigs configs = parts.configs;
        List<Endpoint> endpoints = parts.lifecycle.endpoints();
        String interBroker = configs.network().interBrokerListener();
        return new ServerInfo(
                new ClusterResource(parts.directories.clusterId()),
                configs.broker().nodeId(),
                endpoints,
                endpoints.stream()
                        .filter(endpoint -> endpoint.listener().equals(interBroker))
                        .findFirst()
                        .orElse(endpoints.getFirst()),
                configs.security().earlyStartListeners());
    }
}
