package dev.heddle.coordinator;

import dev.heddle.common.Threads;
import dev.heddle.common.Waiter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A request under way on a thread of its own, as a handler would run it. */
final class Call<T> {

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Waiter waiter;

    private Call(Waiter waiter) {
        this.waiter = waiter;
    }

    static <T> Call<T> start(Waiter waiter, Supplier<T> work) {
        var call = new Call<T>(waiter);
        Threads.virtual("test-call", () -> {
                    try {
                        call.result.complete(work.get());
                    } catch (Throwable e) {
                        call.result.completeExceptionally(e);
                    }
                })
                .start();
        return call;
    }

    /** The answer, for which ten seconds of real time are far more than enough. */
    T get() {
        try {
            return result.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("No answer", e);
        }
    }

    boolean isAnswered() {
        return result.isDone();
    }

    /** The client hangs up. */
    void hangUp() {
        waiter.cancel();
    }
}
