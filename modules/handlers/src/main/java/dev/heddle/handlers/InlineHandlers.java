package dev.heddle.handlers;

import dev.heddle.requestchannel.Request;

/**
 * Runs the requests that cannot wait on the thread that dispatches them, which is the Processor that read them, and the
 * rest on virtual threads. Any thread may call it.
 *
 * <p>A request that a finishing handler dispatches goes to a thread of its own, too, for that handler's thread is still
 * busy: so it is with the requests that were pipelined behind one that waited.
 */
final class InlineHandlers implements HandlerStrategy {

    private final VirtualHandlers waiting;
    private final RequestRunner runner;
    private final InFlightRequests inFlight;

    InlineHandlers(VirtualHandlers waiting, RequestRunner runner, InFlightRequests inFlight) {
        this.waiting = waiting;
        this.runner = runner;
        this.inFlight = inFlight;
    }

    @Override
    public void dispatch(Request request) {
        inFlight.beginOrRefuse();
        if (request.mayRunOnCaller() && !runner.mayWait(request)) runHere(request);
        else waiting.start(request);
    }

    private void runHere(Request request) {
        try {
            request.handle(runner);
        } finally {
            inFlight.end();
        }
    }

    @Override
    public void close() {
        waiting.close();
    }
}
