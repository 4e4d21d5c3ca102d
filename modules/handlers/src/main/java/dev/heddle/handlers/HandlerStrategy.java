package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestDispatcher;
import java.util.function.Consumer;

/**
 * Gives each request the thread that its handler runs on. Any thread may call {@link #dispatch}, Processors among them,
 * so it never blocks: what bounds the work is admission, in the request channel.
 */
public interface HandlerStrategy extends RequestDispatcher, AutoCloseable {

    /** How long {@link #close()} waits for the handlers that are at work, in milliseconds. */
    long CLOSE_TIMEOUT_MS = 10_000;

    /**
     * Makes and starts the strategy that {@code config} names.
     *
     * @param lane names its threads; each lane has a strategy of its own
     * @param table finds the handlers
     * @param stopBroker is told when a handler finds that the broker cannot go on; it is called on that handler's thread
     *     and must not wait for the handlers to end
     */
    static HandlerStrategy create(
            Lane lane,
            HandlersConfig config,
            HandlerTable table,
            Consumer<StopBrokerException> stopBroker,
            Time time,
            MetricRegistry metrics) {
        var runner = new RequestRunner(table, stopBroker);
        var inFlight = new InFlightRequests(time);
        HandlerMetrics.register(lane, inFlight, metrics);
        return switch (config.strategy()) {
            case VIRTUAL -> new VirtualHandlers(lane, runner, inFlight);
            case INLINE -> new InlineHandlers(new VirtualHandlers(lane, runner, inFlight), runner, inFlight);
            case PLATFORM -> {
                int threads = lane == Lane.CONTROL_PLANE ? 1 : config.numIoThreads();
                var idle = HandlerMetrics.idleMeter(lane, metrics);
                var pool = new PlatformHandlers(new PlatformHandlers.Size(lane, threads), runner, inFlight, idle, time);
                pool.start();
                yield pool;
            }
        };
    }

    /**
     * Runs the request's handler on a thread, now or soon.
     *
     * @throws dev.heddle.common.CloseConnectionException after {@link #close()}
     */
    @Override
    void dispatch(Request request);

    /**
     * Refuses further requests and waits until those at work are answered, for at most {@value #CLOSE_TIMEOUT_MS} ms.
     * Whoever closes it has cancelled their waiters first, by closing their connections or the request channel.
     */
    @Override
    void close();
}
