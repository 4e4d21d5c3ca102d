package dev.heddle.app;

import dev.heddle.log.LogManagerConfig;
import dev.heddle.security.SecurityConfig;

/**
 * The threads that carry the virtual ones. Used by the thread that starts the program, before there is a virtual thread:
 * the JVM looks once.
 */
final class Carriers {

    private static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";

    private Carriers() {}

    /**
     * Provides as many as the log directories can hold back when all of them stall, as many as plugins can, and one for
     * each processor beside them; unless the command line says how many.
     */
    static void provideFor(HeddleConfig config) {
        if (System.getProperty(PARALLELISM) != null) return;
        int forDisks = LogManagerConfig.from(config.parsed()).carriersHeldAtWorst();
        int forPlugins = SecurityConfig.from(config.parsed()).carriersHeldAtWorst();
        int carriers = Runtime.getRuntime().availableProcessors() + forDisks + forPlugins;
        System.setProperty(PARALLELISM, Integer.toString(carriers));
    }
}
