package dev.heddle.common;

/**
 * Tells a bounded pool that one of its threads is about to wait, so that it can put another in its place. Called by the
 * waiting thread itself.
 *
 * <p>On a thread that belongs to no such pool, a virtual one for instance, it does nothing. The idea is that of
 * {@link java.util.concurrent.ForkJoinPool.ManagedBlocker}.
 */
public final class ManagedWait implements AutoCloseable {

    /** Implemented by the {@link Thread} subclass of a bounded pool; both are called on that very thread. */
    public interface Host {
        /** The thread is about to wait. Must not block. */
        void waitBegins();

        /** The thread runs again. Must not block. */
        void waitEnds();
    }

    private static final ManagedWait NOTHING = new ManagedWait(new Host() {
        @Override
        public void waitBegins() {}

        @Override
        public void waitEnds() {}
    });

    private final Host host;

    private ManagedWait(Host host) {
        this.host = host;
    }

    /** Opens a wait, which {@link #close()} ends; waits do not nest. */
    public static ManagedWait begin() {
        if (!(Thread.currentThread() instanceof Host host)) return NOTHING;
        host.waitBegins();
        return new ManagedWait(host);
    }

    @Override
    public void close() {
        host.waitEnds();
    }
}
